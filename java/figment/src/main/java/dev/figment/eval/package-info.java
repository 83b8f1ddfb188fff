/** Measures of how near generated data come to real ones. */
package dev.figment.eval;
