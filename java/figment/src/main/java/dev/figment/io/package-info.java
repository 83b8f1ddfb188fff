/** Files that are either whole or untouched: checkpoints, pictures and metrics. */
package dev.figment.io;
