package dev.tollgate.app.settings;

import static dev.tollgate.app.settings.Quantities.amount;
import static dev.tollgate.app.settings.Quantities.count;
import static dev.tollgate.app.settings.Quantities.duration;

import dev.tollgate.catalogue.Catalogue;
import dev.tollgate.catalogue.Catalogue.Behavior;
import dev.tollgate.catalogue.Catalogue.Kind;
import dev.tollgate.catalogue.Catalogue.Overage;
import dev.tollgate.catalogue.Catalogue.Price;
import dev.tollgate.catalogue.Catalogue.Product;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The keys of the file that says what is sold. */
final class CatalogueShape {
    /** What Dodo takes as a credit amount. */
    private static final long MOST_CREDITS = 9_999_999_999L;

    private static final long DAY_MILLIS = 86_400_000;
    private static final Pattern PRICE = Pattern.compile("([0-9]{1,7})(?:\\.([0-9]{2}))? ([A-Z]{3})");

    /** Units too small to have hundredths. */
    private static final List<String> WHOLE_CURRENCIES =
            List.of("JPY", "KRW", "VND", "CLP", "ISK", "UGX", "XAF", "XOF");

    private static final ScalarType<String> TITLE =
            ScalarType.matching("1 to 255 characters", Pattern.compile("[^\\p{Cntrl}]{1,255}"));
    private static final ScalarType<Price> MONEY =
            ScalarType.text("a price such as \"29.00 USD\"", new Price(0, "USD"), CatalogueShape::price);

    private static final ScalarType<String> PRODUCT_ID =
            ScalarType.matching("a Dodo product id such as pdt_123", Pattern.compile("[!-~]{1,128}"));

    private CatalogueShape() {}

    /** Null after a problem was reported. */
    static @Nullable Catalogue read(Section root, Problems problems, Settings.Meter meter) {
        Catalogue.Credits credits = root.section("credits", CatalogueShape::credits);
        Catalogue.Meter wanted = root.section("meter", section -> meter(section, meter, credits.unit()));
        List<Product> products = new ArrayList<>();
        products.addAll(root.named("plans", SettingsShape.NAME, (id, section) -> product(id, section, Kind.PLAN))
                .values());
        products.addAll(root.named("topups", SettingsShape.NAME, (id, section) -> product(id, section, Kind.TOP_UP))
                .values());
        root.end();
        long different = products.stream().map(Product::id).distinct().count();
        if (different < products.size()) {
            root.error("topups", "has a name that a plan has too", "every product needs a name of its own");
        }
        if (products.isEmpty() && !problems.any()) {
            root.error("plans", "needs at least one", null);
        }
        return problems.any() ? null : new Catalogue(credits, wanted, products);
    }

    private static Catalogue.Credits credits(Section section) {
        return new Catalogue.Credits(
                section.value("name", TITLE, "API tokens"),
                section.value("unit", ScalarType.matching("a word", Pattern.compile("[^\\p{Cntrl}]{1,50}")), "token"));
    }

    private static Catalogue.Meter meter(Section section, Settings.Meter meter, String unit) {
        return new Catalogue.Meter(
                section.value("name", TITLE, "Token usage"),
                meter.event(),
                meter.property(),
                unit,
                meter.unitsPerCredit());
    }

    /** The variable in which setting up notes Dodo's id of a product. */
    static String variable(String id) {
        return "DODO_PRODUCT_" + id.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
    }

    private static Product product(String id, Section section, Kind kind) {
        Long expiryMillis = section.optional("credits_expire_after", duration("1d", "36500d"), null);
        if (expiryMillis != null && expiryMillis % DAY_MILLIS != 0) {
            section.error("credits_expire_after", "must be whole days", "for example 30d");
        }
        return new Product(
                kind,
                id,
                section.required("name", TITLE, "what customers read"),
                section.value("description", TITLE, "-"),
                section.required("price", MONEY, "for example \"29.00 USD\""),
                section.required("credits", amount(1, MOST_CREDITS), "for example 10_000_000"),
                expiryMillis == null ? 0 : Math.toIntExact(expiryMillis / DAY_MILLIS),
                kind == Kind.PLAN ? section.value("low_balance_percent", count(0, 100), "0") : 0,
                kind == Kind.PLAN && section.has("overage")
                        ? section.section("overage", CatalogueShape::overage)
                        : new Overage.Off(),
                Optional.ofNullable(section.optional("product_id", PRODUCT_ID, "${" + variable(id) + ":-}")));
    }

    private static Overage overage(Section section) {
        return new Overage.Billed(
                section.required("price_per_million", MONEY, "for example \"5.00 USD\""),
                Optional.ofNullable(section.optional("limit", amount(1, MOST_CREDITS), null)),
                section.value("behavior", ScalarType.choice(Behavior.class), "invoice_at_billing"));
    }

    private static Reading<Price> price(String text) {
        Matcher matcher = PRICE.matcher(text);
        if (!matcher.matches()) {
            return Reading.bad("expected a price such as \"29.00 USD\"");
        }
        String currency = matcher.group(3);
        if (WHOLE_CURRENCIES.contains(currency.toUpperCase(Locale.ROOT))) {
            return Reading.bad("currencies without hundredths are not supported", "use USD or EUR, for example");
        }
        long hundredths = matcher.group(2) == null ? 0 : Long.parseLong(matcher.group(2));
        return Reading.good(new Price(Long.parseLong(matcher.group(1)) * 100 + hundredths, currency));
    }
}
