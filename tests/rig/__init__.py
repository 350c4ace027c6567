"""The testing rig: real engines, real sidecars and the environment they need."""
