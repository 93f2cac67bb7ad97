/** The listening side: pipeline, request guard, route table, client connection. */
@NullMarked
package dev.tollgate.edge;

import org.jspecify.annotations.NullMarked;
