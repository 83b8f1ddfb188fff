package dev.figment.device;

import java.util.List;

/**
 * Kernel calls to be made again and again: {@link Device#record}. It reads and writes the memories
 * it was recorded with, which must stay open.
 */
public interface Recording extends AutoCloseable {
  /** Makes all the calls once more. */
  void replay();

  /** What a replay launches, in order; nothing where a device makes the calls anew each time. */
  List<KernelLaunch> launches();

  /** Gives the recording up; a second call does nothing. */
  @Override
  void close();
}
