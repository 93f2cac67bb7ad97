package dev.tollgate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RequestGuardCorpusTest {

    static List<GoodRequest> goodRequests() {
        return GoodRequest.all();
    }

    static List<BadRequest> badRequests() {
        return BadRequest.all();
    }

    @ParameterizedTest
    @MethodSource("goodRequests")
    void everyGoodRequestPassesUnchangedWhereverItIsCut(GoodRequest request) {
        for (int cut = 0; cut < request.bytes().length; cut++) {
            try (GuardChannel channel = new GuardChannel(GuardLimits.defaults())) {
                channel.sendCut(request.bytes(), cut);
                channel.assertNotRefused();
                assertThat(channel.passed()).as("cut at %d", cut).isEqualTo(request.bytes());
                assertThat(channel.guard().isClientSending()).isFalse();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("goodRequests")
    void everyGoodRequestPassesUnchangedByteByByte(GoodRequest request) {
        try (GuardChannel channel = new GuardChannel(GuardLimits.defaults())) {
            channel.sendByteByByte(request.bytes());
            channel.assertNotRefused();
            assertThat(channel.passed()).isEqualTo(request.bytes());
        }
    }

    @ParameterizedTest
    @MethodSource("badRequests")
    void everyBadRequestIsRefusedAlikeWhereverItIsCut(BadRequest request) {
        byte[] bytes = request.bytes();
        byte[] before = firstPassed(bytes);
        for (int cut = 0; cut < Math.min(bytes.length, 700); cut++) {
            try (GuardChannel channel = new GuardChannel(BadRequest.LIMITS)) {
                channel.sendCut(bytes, cut);
                channel.assertRefused(request.status(), request.code());
                assertThat(channel.passed()).as("cut at %d", cut).isEqualTo(before);
            }
        }
        assertThat(before.length).isGreaterThanOrEqualTo(request.passedBytes());
        assertThat(before.length == 0).isEqualTo(request.passedBytes() == 0);
    }

    @ParameterizedTest
    @MethodSource("badRequests")
    void everyBadRequestIsRefusedAlikeByteByByte(BadRequest request) {
        try (GuardChannel channel = new GuardChannel(BadRequest.LIMITS)) {
            channel.sendByteByByte(request.bytes());
            channel.assertRefused(request.status(), request.code());
            assertThat(channel.passed()).isEqualTo(firstPassed(request.bytes()));
        }
    }

    @ParameterizedTest
    @MethodSource("badRequests")
    void everyBadRequestIsRefusedAlikeAfterAGoodOne(BadRequest request) {
        byte[] good = Requests.bytes(Requests.post("hello"));
        try (GuardChannel channel = new GuardChannel(BadRequest.LIMITS)) {
            channel.send(Requests.join(good, request.bytes()));
            channel.assertNotRefused();
            assertThat(channel.passed()).isEqualTo(good);
            channel.guard().nextRequest();
            channel.assertRefused(request.status(), request.code());
            assertThat(channel.passed()).isEqualTo(Requests.join(good, firstPassed(request.bytes())));
        }
    }

    @ParameterizedTest
    @MethodSource("badRequests")
    void noRefusalRepeatsWhatTheClientSent(BadRequest request) {
        try (GuardChannel channel = new GuardChannel(BadRequest.LIMITS)) {
            channel.send(request.bytes());
            assertThat(channel.refusals().getFirst().error().message())
                    .matches("[ -~]+")
                    .doesNotContain("Host: h");
        }
    }

    private static byte[] firstPassed(byte[] bytes) {
        try (GuardChannel channel = new GuardChannel(BadRequest.LIMITS)) {
            channel.send(bytes);
            return channel.passed();
        }
    }
}
