package dev.figment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java example of README.md, compiled and run as it stands there. */
class ReadmeTest {
  private static final Path README = Path.of(System.getProperty("figment.root"), "README.md");

  @TempDir private Path folder;

  @Test
  void theExampleCompilesAndLearns() throws Exception {
    Matcher block =
        Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(README));
    assertThat(block.find()).as("README.md has a Java example").isTrue();
    Files.writeString(folder.resolve("Example.java"), block.group(1));

    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    boolean compiled =
        compiler
            .getTask(
                messages,
                null,
                null,
                List.of("-d", folder.toString(), "-cp", classPath()),
                null,
                compiler
                    .getStandardFileManager(null, null, null)
                    .getJavaFileObjects(folder.resolve("Example.java")))
            .call();
    assertThat(compiled).as(messages.toString()).isTrue();

    List<String> lines = run().lines().toList();
    double first = loss(lines.get(0));
    double last = loss(lines.get(lines.size() - 1));
    assertThat(last).isLessThan(first / 10);
  }

  /**
   * Surefire may hand the class path over in a manifest; the loaded classes tell it all the same.
   */
  private static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
        + File.pathSeparator
        + dev.figment.device.Device.class
            .getProtectionDomain()
            .getCodeSource()
            .getLocation()
            .getPath();
  }

  private String run() throws Exception {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream before = System.out;
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      loader
          .loadClass("Example")
          .getMethod("main", String[].class)
          .invoke(null, (Object) new String[0]);
    } finally {
      System.setOut(before);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }

  private static double loss(String line) {
    return Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
  }
}
