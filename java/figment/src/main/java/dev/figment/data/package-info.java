/** Training data: where it comes from, how it lies in memory and in which order it is drawn. */
package dev.figment.data;
