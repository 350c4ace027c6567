"""Tests of the rig itself: what everything else stands on."""
