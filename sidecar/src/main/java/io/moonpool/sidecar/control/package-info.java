// SPDX-License-Identifier: Apache-2.0
/**
 * The gRPC services of docs/spec/04-control.md: who may attach as whom, which sessions there are,
 * and what a refusal looks like. Decides nothing about slots; it translates and asks the store.
 */
package io.moonpool.sidecar.control;
