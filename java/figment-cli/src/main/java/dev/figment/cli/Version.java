package dev.figment.cli;

import picocli.CommandLine.IVersionProvider;

/** What {@code figment --version} says: the version of the build, and the Java it runs on. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"figment " + number() + " (Java " + Runtime.version() + ")"};
  }

  /** The jar's version; the class folders of a build have none. */
  static String number() {
    String version = Figment.class.getPackage().getImplementationVersion();
    return version == null ? "development build" : version;
  }
}
