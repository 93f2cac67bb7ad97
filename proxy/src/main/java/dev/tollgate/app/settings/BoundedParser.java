package dev.tollgate.app.settings;

import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.ParserException;
import org.snakeyaml.engine.v2.parser.Parser;

/**
 * Stops a document that is nested too deeply for the recursion that reads it, or that refers back too often.
 *
 * <p>Throws a {@link ParserException} with the place of the event that is one too many.
 */
final class BoundedParser implements Parser {
    private static final int MOST_LEVELS = 32;
    private static final int MOST_ALIASES = 50;

    private final Parser parser;
    private int levels;
    private int aliases;

    BoundedParser(Parser parser) {
        this.parser = parser;
    }

    @Override
    public boolean checkEvent(Event.ID choice) {
        return parser.checkEvent(choice);
    }

    @Override
    public Event peekEvent() {
        return parser.peekEvent();
    }

    @Override
    public boolean hasNext() {
        return parser.hasNext();
    }

    @Override
    public Event next() {
        Event event = parser.next();
        if (event instanceof CollectionStartEvent && ++levels > MOST_LEVELS) {
            throw new ParserException("more than " + MOST_LEVELS + " levels", event.getStartMark());
        }
        if (event instanceof CollectionEndEvent) {
            levels--;
        }
        if (event instanceof AliasEvent && ++aliases > MOST_ALIASES) {
            throw new ParserException("more than " + MOST_ALIASES + " references (*name)", event.getStartMark());
        }
        return event;
    }
}
