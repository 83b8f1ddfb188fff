package dev.figment.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.FigmentException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextDatasetTest {
  @TempDir Path folder;

  @Test
  void theVocabularyIsThatOfTheTrainingPart() {
    // 80 characters for training, among them one beyond 16 bits; z comes only later.
    String text = "ab\uD83D\uDE00c".repeat(20) + "abzcabcz".repeat(3).substring(0, 20);
    Split<TextDataset> split = TextDataset.split("test", text, 8, 4);
    Vocabulary vocabulary = split.train().vocabulary();
    assertThat(vocabulary.characters()).isEqualTo("abc\uD83D\uDE00");
    assertThat(vocabulary.size()).isEqualTo(5);
    assertThat(vocabulary.encode("a\uD83D\uDE00z")).containsExactly(1, 4, 0);
    assertThat(vocabulary.decode(new int[] {1, 4, 0})).isEqualTo("a\uD83D\uDE00\uFFFD");
    assertThat(split.train().size()).isEqualTo(19);
    assertThat(split.train().text(1)).isEqualTo("ab\uD83D\uDE00cab\uD83D\uDE00c");
    assertThat(split.validation().start(0)).isEqualTo(80);
    assertThat(split.validation().text(0)).isEqualTo("ab\uFFFDcabc\uFFFD");
    Vocabulary restored = Vocabulary.restore(vocabulary.characters());
    assertThat(restored.encode("cab?")).containsExactly(3, 1, 2, 0);
    assertThatThrownBy(() -> vocabulary.decode(new int[] {5}))
        .isInstanceOf(FigmentException.class)
        .hasMessage("symbol 5 is none of the 5 of the vocabulary");
    assertThatThrownBy(() -> Vocabulary.restore("ba"))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("is damaged");
  }

  @Test
  void batchesAreTimeMajor() {
    TextDataset data = TextDataset.split("test", "abcdefghij".repeat(10), 3, 3).train();
    SequenceBatch batch = data.batch(2);
    data.gather(new int[] {1, 0}, batch);
    assertThat(batch.symbols()).containsExactly(4, 1, 5, 2, 6, 3);
    assertThat(batch.lengths()).containsExactly(3, 3);
    assertThat(batch.features()).isZero();
    assertThat(data.fingerprint())
        .isEqualTo(TextDataset.split("x", "abcdefghij".repeat(10), 3, 3).train().fingerprint())
        .isNotEqualTo(TextDataset.split("x", "abcdefghij".repeat(10), 3, 2).train().fingerprint());
  }

  @Test
  void windowsBeginAtWordsWhereNoStrideIsGiven() {
    Split<TextDataset> split = TextDataset.split("test", "one two  three.\n".repeat(10), 5, null);
    TextDataset train = split.train();
    assertThat(IntStream.range(0, 5).mapToObj(train::text))
        .containsExactly("one t", "three", "one t", "three", "one t");
    assertThat(train.text()).isEqualTo("one two  three.\n".repeat(8));
    assertThat(IntStream.range(0, train.size()).map(train::start))
        .startsWith(0, 9, 16, 25)
        .allMatch(start -> start + 5 <= 128);
    assertThat(split.test().text(0)).isEqualTo("one t");
    assertThat(split.test().start(0)).isEqualTo(144);

    TextDataset spaceless = TextDataset.split("test", "abcdefghij".repeat(10), 7, null).train();
    assertThat(IntStream.range(0, spaceless.size()).map(spaceless::start))
        .containsExactly(0, 7, 14, 21, 28, 35, 42, 49, 56, 63, 70);
  }

  @Test
  void aTextThatIsTooShortIsRefused() {
    assertThatThrownBy(() -> TextDataset.split("a.txt", "short", 64, 64))
        .isInstanceOf(FigmentException.class)
        .hasMessage(
            "a window of 64 does not fit a.txt: it is longer than the series, which has 5 characters;"
                + " give at least 640 characters");
  }

  @Test
  void filesAreReadWhateverEndsTheirLines() throws Exception {
    Path file = folder.resolve("a.txt");
    Files.writeString(file, "\uFEFFa\r\nb\rc\nd");
    assertThat(TextFile.read(file)).isEqualTo("a\nb\nc\nd");
    Files.write(file, "\u00FC".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> TextFile.read(file))
        .isInstanceOf(FigmentException.class)
        .hasMessageEndingWith("as a text: it is not in UTF-8; save it as such");
  }

  @Test
  void textsAreWrittenWithARuleAfterEach() {
    Path file = folder.resolve("out.txt");
    SequenceFiles.writeText(file, List.of("one\ntwo", "three\n"));
    assertThat(file).hasContent("one\ntwo\n----\nthree\n----\n");
  }
}
