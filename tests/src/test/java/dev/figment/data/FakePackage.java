package dev.figment.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;

/** A Debian package of one file, fetched with stand-ins for apt-get and dpkg-deb. */
record FakePackage(Path folder, String name) {
  /** Makes one. */
  static FakePackage of(Path folder, String name, String file, byte[] content) throws IOException {
    Path shipped = folder.resolve("shipped");
    Files.write(shipped, content);
    FakePackage made = new FakePackage(folder, name);
    made.script("apt-get", "touch " + name + "_1_all.deb");
    made.script(
        "dpkg-deb",
        "mkdir -p \"$(dirname \"$3/" + file + "\")\"; cp " + shipped + " \"$3/" + file + "\"");
    return made;
  }

  private void script(String command, String line) throws IOException {
    Path script = folder.resolve(command);
    String text =
        "#!/bin/sh%necho %s >> %s%n%s%n".formatted(command, folder.resolve("calls"), line);
    Files.writeString(script, text);
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  DebianPackage source() {
    return new DebianPackage(
        name,
        folder.resolve("apt-get").toString(),
        folder.resolve("dpkg-deb").toString(),
        Duration.ofMinutes(1));
  }

  Path caches() {
    return folder.resolve("caches");
  }

  /** How often a command was run. */
  int calls() throws IOException {
    Path calls = folder.resolve("calls");
    return Files.exists(calls) ? Files.readAllLines(calls).size() : 0;
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
