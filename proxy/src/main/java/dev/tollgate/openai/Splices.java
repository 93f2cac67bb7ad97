package dev.tollgate.openai;

import dev.tollgate.openai.ChatRequest.CapMember;
import dev.tollgate.openai.ChatRequest.Rewrite;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The places of a chat body where members can be changed or inserted, as offsets from its first byte.
 *
 * @param inside just behind the opening brace; the body is never an empty object, so a comma always follows an insert
 * @param askForUsage the edit that turns usage on, null when the client did so itself
 * @param maxCompletionTokens the value of that member, null when the client did not send it
 * @param maxTokens likewise
 * @param caps those of the two whose value is a number
 */
record Splices(
        int inside,
        @Nullable Edit askForUsage,
        @Nullable Span maxCompletionTokens,
        @Nullable Span maxTokens,
        List<Span> caps) {

    private static final int EDITS_MAX = 3;

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
        if (rewrite.askForUsage() && askForUsage != null) {
            edits.add(askForUsage);
        }
        if (rewrite.capTokens() != null) {
            addCaps(edits, rewrite.capMember(), rewrite.capTokens());
        }
        edits.sort(Comparator.comparingInt(edit -> edit.span().start()));
        return edits;
    }

    /** A cap under both names is changed under both, so that no reader finds the old one. */
    private void addCaps(List<Edit> edits, CapMember member, long tokens) {
        if (caps.isEmpty()) {
            edits.add(capEdit(member, tokens));
        }
        caps.forEach(cap -> edits.add(new Edit(cap, Long.toString(tokens))));
    }

    private Edit capEdit(CapMember member, long tokens) {
        Span value = switch (member) {
            case MAX_COMPLETION_TOKENS -> maxCompletionTokens;
            case MAX_TOKENS -> maxTokens;
        };
        return value == null
                ? new Edit(Span.at(inside), "\"" + member.memberName + "\":" + tokens + ",")
                : new Edit(value, Long.toString(tokens));
    }

    private static void addSlice(CompositeByteBuf result, ByteBuf body, int from, int to) {
        if (to > from) {
            result.addComponent(true, body.retainedSlice(body.readerIndex() + from, to - from));
        }
    }
}
