// SPDX-License-Identifier: Apache-2.0
/**
 * What a sidecar is told: flags, environment, a YAML file or Mooncake's JSON, merged into one
 * immutable {@link io.moonpool.sidecar.config.SidecarConfig} that is checked once, before anything
 * is created.
 */
package io.moonpool.sidecar.config;
