@NullMarked
package dev.tollgate.openai;

import org.jspecify.annotations.NullMarked;
