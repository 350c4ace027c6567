// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.conformance.Path;
import io.moonpool.transfer.conformance.TransportConformance;
import io.moonpool.transfer.spi.Transport;
import java.io.IOException;

class TcpConformanceTest extends TransportConformance {
    @Override
    protected Transport start() throws IOException {
        return TestTransports.start();
    }

    @Override
    protected Path pathTo(Transport transport) throws IOException {
        return new TcpPath(transport.address());
    }
}
