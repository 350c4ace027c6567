// SPDX-License-Identifier: Apache-2.0
package io.moonpool.proto.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every ring message as golden bytes; what a file says they mean is read back from the bytes. */
class MessageVectorsTest {
    private static final Pattern DECLARATION = Pattern.compile("<sbe:message name=\"(\\w+)\"");

    static Stream<MessageVector> vectors() {
        return Stream.concat(RequestVectors.all(), AnswerVectors.all());
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void bytesAreThoseOfTheSpec(MessageVector vector) throws IOException {
        VectorFile.check("message-" + vector.name(), vector.bytes(), fieldsOf(vector));
    }

    @Test
    void everyMessageOfTheSchemaHasAVector() throws IOException {
        List<String> declared = new ArrayList<>();
        Matcher matcher = DECLARATION.matcher(Files.readString(Path.of("src/main/sbe/ring.xml")));
        while (matcher.find()) {
            declared.add(matcher.group(1));
        }

        assertThat(vectors().map(vector -> fieldsOf(vector).get("message"))).containsAll(declared);
    }

    private static Map<String, Object> fieldsOf(MessageVector vector) {
        return vector.decoding().decode(new UnsafeBuffer(vector.bytes()));
    }
}
