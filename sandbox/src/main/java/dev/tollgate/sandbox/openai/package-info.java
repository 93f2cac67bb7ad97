/** A stand-in for OpenAI that keeps the true token counts and misbehaves on command. */
@NullMarked
package dev.tollgate.sandbox.openai;

import org.jspecify.annotations.NullMarked;
