/** OpenAI's wire format: request summary and rewriting, event splitting, usage reading, error bodies. */
@NullMarked
package dev.tollgate.openai;

import org.jspecify.annotations.NullMarked;
