package dev.tollgate.openai;

import dev.tollgate.openai.ModelRequest.CapMember;
import dev.tollgate.openai.ModelRequest.Rewrite;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The places of a body where members can be changed or inserted, as offsets from its first byte.
 *
 * @param inside just behind the opening brace; the body is never an empty object, so a comma always follows an insert
 * @param always what is changed in any case
 * @param askForUsage the edit that turns usage on, null when the client did so itself
 * @param caps the members that are caps
 * @param defaultCap what the API takes for the cap when none is sent, so that it can be made explicit
 */
record Splices(
        int inside,
        List<Edit> always,
        @Nullable Edit askForUsage,
        List<Cap> caps,
        @Nullable DefaultCap defaultCap) {

    private static final int EDITS_MAX = 4;

    /** A cap that the body holds; its value may be null. */
    record Cap(CapMember member, Span value, boolean isNumber) {}

    /** A cap that holds unless another is set. */
    record DefaultCap(CapMember member, long tokens) {}

    /** Bytes from {@code start} up to {@code end}. */
    record Span(int start, int end) {
        Span {
            if (start < 0 || end < start) {
                throw new IllegalArgumentException("not a span: " + start + " to " + end);
            }
        }

        static Span at(int offset) {
            return new Span(offset, offset);
        }
    }

    /** {@code text}, pure ASCII, in place of a span. */
    record Edit(Span span, String text) {}

    /**
     * Slices of the body around small inserts, not a copy: a prompt can be megabytes, and a gathering write takes the
     * pieces as they are.
     */
    ByteBuf apply(ByteBuf body, Rewrite rewrite) {
        List<Edit> edits = edits(rewrite);
        if (edits.isEmpty()) {
            return body.retainedSlice();
        }
        CompositeByteBuf result = body.alloc().compositeBuffer(2 * EDITS_MAX + 1);
        int at = 0;
        for (Edit edit : edits) {
            addSlice(result, body, at, edit.span().start());
            result.addComponent(true, ByteBufUtil.writeAscii(body.alloc(), edit.text()));
            at = edit.span().end();
        }
        addSlice(result, body, at, body.readableBytes());
        return result;
    }

    private List<Edit> edits(Rewrite rewrite) {
        List<Edit> edits = new ArrayList<>(EDITS_MAX);
        edits.addAll(always);
        if (rewrite.askForUsage() && askForUsage != null) {
            edits.add(askForUsage);
        }
        if (rewrite.capTokens() != null) {
            addCap(edits, rewrite.capMember(), rewrite.capTokens());
        } else if (defaultCap != null) {
            addCap(edits, defaultCap.member(), defaultCap.tokens());
        }
        edits.sort(Comparator.comparingInt(edit -> edit.span().start()));
        return edits;
    }

    /** A cap under both names is changed under both, so that no reader finds the old one. */
    private void addCap(List<Edit> edits, CapMember member, long tokens) {
        List<Cap> numbers = caps.stream().filter(Cap::isNumber).toList();
        numbers.forEach(cap -> edits.add(new Edit(cap.value(), Long.toString(tokens))));
        if (numbers.isEmpty()) {
            edits.add(caps.stream()
                    .filter(cap -> cap.member() == member)
                    .findFirst()
                    .map(cap -> new Edit(cap.value(), Long.toString(tokens)))
                    .orElseGet(() -> new Edit(Span.at(inside), "\"" + member.memberName + "\":" + tokens + ",")));
        }
    }

    private static void addSlice(CompositeByteBuf result, ByteBuf body, int from, int to) {
        if (to > from) {
            result.addComponent(true, body.retainedSlice(body.readerIndex() + from, to - from));
        }
    }
}
