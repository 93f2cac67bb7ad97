package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tollgate.sandbox.mail.Letter;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever reads a customer's letters is let in, once for each letter. */
class SignInByMailTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Pattern LINK = Pattern.compile("(http\\S+)/#sign-in=(\\S+)");

    @TempDir
    Path folder;

    private SetUpShop shop;

    @BeforeEach
    void openShop() throws Exception {
        shop = new SetUpShop(
                folder, "mail: { smtp: \"${SANDBOX_MAIL}\", tls: none, from: \"Shop <shop@example.com>\" }");
    }

    @AfterEach
    void closeShop() {
        shop.close();
    }

    @Test
    void aCustomerSignsInWithTheLinkOfALetterOnce() throws Exception {
        shop.subscribe(shop.browser(), "ann@example.com", "starter");
        assertThat(shop.get(shop.browser(), "/offers")
                        .json()
                        .path("email_sign_in")
                        .asBoolean())
                .isTrue();
        HttpClient phone = shop.browser();

        assertThat(ask(phone, "Ann@Example.com")).isEqualTo(202);

        Letter letter = letter();
        assertThat(letter.to()).containsExactly("ann@example.com");
        assertThat(letter.headers().get("from")).contains("shop@example.com");
        Matcher link = link(letter);
        assertThat(link.group(1)).isEqualTo(shop.home());
        String token = "{\"token\":\"" + link.group(2) + "\"}";
        assertThat(shop.post(phone, "/session/link", token).status()).isEqualTo(200);
        assertThat(shop.get(phone, "/credits").json().path("balance").asLong()).isEqualTo(10_000_000);

        HttpClient thief = shop.browser();
        SetUpShop.Reply again = shop.post(thief, "/session/link", token);
        assertThat(again.status()).isEqualTo(401);
        assertThat(again.json().at("/error/code").asText()).isEqualTo("link_used");
        assertThat(shop.get(thief, "/credits").status()).isEqualTo(401);
    }

    @Test
    void anAddressThatIsNobodysGetsTheSameAnswerAndNoLetter() throws Exception {
        shop.subscribe(shop.browser(), "ann@example.com", "starter");

        SetUpShop.Reply known = shop.post(shop.browser(), "/session/email", "{\"email\":\"ann@example.com\"}");
        SetUpShop.Reply unknown = shop.post(shop.browser(), "/session/email", "{\"email\":\"bob@example.com\"}");

        assertThat(unknown.whole().body()).isEqualTo(known.whole().body());
        assertThat(unknown.status()).isEqualTo(known.status());
        letter();
        assertThat(shop.sandbox().mail().letters())
                .allSatisfy(letter -> assertThat(letter.to()).containsExactly("ann@example.com"));
    }

    @Test
    void askingAgainAtOnceSendsNoSecondLetter() throws Exception {
        shop.subscribe(shop.browser(), "ann@example.com", "starter");
        ask(shop.browser(), "ann@example.com");
        letter();

        assertThat(ask(shop.browser(), "ann@example.com")).isEqualTo(202);
        assertThat(ask(shop.browser(), "ANN@example.com")).isEqualTo(202);

        shop.subscribe(shop.browser(), "eve@example.com", "starter");
        ask(shop.browser(), "eve@example.com");
        await().atMost(PATIENCE)
                .until(() -> letters().stream().anyMatch(each -> each.to().contains("eve@example.com")));
        assertThat(letters()).hasSize(2);
    }

    @Test
    void linksAreForgedAndFromElsewhereInVain() throws Exception {
        shop.subscribe(shop.browser(), "ann@example.com", "starter");
        ask(shop.browser(), "ann@example.com");
        String token = link(letter()).group(2);

        for (String forged : List.of("x", token + "x", "x" + token, token.substring(0, token.length() - 2))) {
            assertThat(shop.post(shop.browser(), "/session/link", "{\"token\":\"" + forged + "\"}")
                            .status())
                    .isEqualTo(401);
        }
        assertThat(shop.send(
                                shop.browser(),
                                "POST",
                                "/session/link",
                                "{\"token\":\"" + token + "\"}",
                                "https://evil.example")
                        .status())
                .isEqualTo(403);
        shop.restart();
        assertThat(shop.post(shop.browser(), "/session/link", "{\"token\":\"" + token + "\"}")
                        .status())
                .isEqualTo(401);
    }

    @Test
    void aLetterGoesToTheCustomersAddressAndNotToOneThatLooksAlike() throws Exception {
        shop.subscribe(shop.browser(), "kim@example.com", "starter");
        String kelvin = "\u212Aim@example.com";

        assertThat(ask(shop.browser(), kelvin)).isEqualTo(202);

        assertThat(letter().to()).containsExactly("kim@example.com");
    }

    @Test
    void noLineBreakGetsIntoALetterByAnAddress() throws Exception {
        for (String address : List.of(
                "ann@example.com\\r\\nBcc: eve@example.com", "ann@example.com, eve@example.com", "<ann@example.com>")) {
            assertThat(ask(shop.browser(), address)).isEqualTo(400);
        }
    }

    private int ask(HttpClient browser, String email) throws Exception {
        return shop.post(browser, "/session/email", "{\"email\":\"" + email + "\"}")
                .status();
    }

    private List<Letter> letters() {
        return shop.sandbox().mail().letters();
    }

    private Letter letter() {
        await().atMost(PATIENCE).until(() -> !letters().isEmpty());
        return letters().getLast();
    }

    private static Matcher link(Letter letter) {
        Matcher matcher = LINK.matcher(letter.text());
        assertThat(matcher.find()).as(letter.text()).isTrue();
        return matcher;
    }
}
