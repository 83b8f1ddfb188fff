package dev.figment.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.figment.device.ConvGeometry;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How products are spread over blocks. */
class GemmPlanTest {
  private static final ConvGeometry UP = ConvGeometry.transposedSame(14, 14, 64, 32, 5, 2);

  static Stream<GemmPlan> plans() {
    return Stream.of(1, 2, 64, 256)
        .flatMap(
            batch ->
                Stream.of(
                        UP,
                        ConvGeometry.of(1, 1, 1, 1, 1, 1, 0),
                        ConvGeometry.of(9, 11, 3, 7, 2, 4, 0),
                        ConvGeometry.transposedSame(4, 4, 1024, 512, 5, 2),
                        GemmPlan.dense(100, 12544),
                        GemmPlan.dense(6272, 1))
                    .flatMap(
                        g ->
                            Stream.of(
                                GemmPlan.conv(g, batch),
                                GemmPlan.convTranspose(g, batch),
                                GemmPlan.weights(g, batch))));
  }

  /** A part without a step would be a block that writes zeros to be added. */
  @ParameterizedTest
  @MethodSource("plans")
  void partsOfADepthAllHaveWork(GemmPlan plan) {
    assertThat(plan.split()).isBetween(1, GemmPlan.MOST_PARTS);
    int units = (plan.depth() + GemmPlan.PART_UNIT - 1) / GemmPlan.PART_UNIT;
    int each = (units + plan.split() - 1) / plan.split();
    assertThat((plan.split() - 1) * each).isLessThan(Math.max(1, units));
    if (plan.split() > 1) {
      assertThat(each * GemmPlan.PART_UNIT).isGreaterThanOrEqualTo(GemmPlan.PART_DEPTH);
      assertThat(plan.tiles()).isLessThan(GemmPlan.BLOCKS);
    }
    assertThat(plan.partials() > 0).isEqualTo(plan.split() > 1);
  }

  @ParameterizedTest
  @MethodSource("plans")
  void tilesCoverC(GemmPlan plan) {
    assertThat(plan.rowTiles() * plan.tile().rows()).isGreaterThanOrEqualTo(plan.rows());
    assertThat(plan.columnTiles() * plan.tile().columns()).isGreaterThanOrEqualTo(plan.columns());
  }

  @ParameterizedTest
  @MethodSource("plans")
  void theGridHasABlockForEachPartOfATile(GemmPlan plan) {
    assertThat(plan.gridX() * plan.gridY()).isEqualTo(plan.blocks());
    assertThat(plan.gridX() % (plan.phases() * plan.rowTiles())).isZero();
    assertThat(plan.columnsAbreast()).isIn(1, (int) plan.columnTiles());
    if (plan.split() == 1) {
      assertThat(plan.gridY()).isEqualTo(1);
    }
  }

  /** What blocks ask a cache for again after long is the less: sums of parts, or A. */
  @Test
  void columnsComeLastWhereAIsLessThanTheSumsOfParts() {
    ConvGeometry first = ConvGeometry.transposedSame(4, 4, 1024, 512, 5, 2);
    GemmPlan conv = GemmPlan.conv(first, 16);
    assertThat(conv.partials()).isGreaterThan(first.large(16).count());
    assertThat(conv.columnsAbreast()).isEqualTo(1);
    assertThat(conv.gridX()).isEqualTo(conv.rowTiles());
    GemmPlan last = GemmPlan.conv(ConvGeometry.transposedSame(8, 8, 512, 256, 5, 2), 64);
    assertThat(last.split()).isGreaterThan(1);
    assertThat(last.columnsAbreast()).isEqualTo(4);
    assertThat(last.gridY()).isEqualTo(last.split());
  }

  @Test
  void manyLargeTilesAreTakenWhole() {
    GemmPlan plan = GemmPlan.conv(ConvGeometry.same(32, 32, 128, 256, 5, 2), 128);
    assertThat(plan.tile()).isEqualTo(GemmTile.LARGE);
    assertThat(plan.split()).isEqualTo(1);
  }

  @Test
  void aSmallBatchOfADenseLayerTakesAFlatTile() {
    assertThat(GemmPlan.conv(GemmPlan.dense(1024, 12544), 2).tile()).isEqualTo(GemmTile.FLAT);
  }

  /** Taps of all phases together are the kernel's: no product with an inserted zero. */
  @Test
  void phasesShareTheKernel() {
    GemmPlan plan = GemmPlan.convTranspose(UP, 1);
    assertThat(plan.phases()).isEqualTo(4);
    assertThat(plan.depth()).isEqualTo(3 * 3 * 64);
    assertThat(plan.allDepths()).isEqualTo(5 * 5 * 64);
    assertThat(plan.rows()).isEqualTo(14 * 14);
  }

  @Test
  void requestedBytesAreThoseOfTheTileModel() {
    GemmPlan plan = new GemmPlan(GemmTile.LARGE, 256, 128, 1000, 1, 1000, 1, 1);
    assertThat(plan.requestedBytes()).isEqualTo(4L * (2 * 1000 * 256 + 256 * 128));
  }
}
