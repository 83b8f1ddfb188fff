package dev.figment.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.figment.device.GanLoss;
import dev.figment.device.GradientPenalty;
import dev.figment.device.Likelihood;
import dev.figment.model.GanArchitecture;
import dev.figment.model.VaeNet;
import dev.figment.nn.Recurrent.Cell;
import dev.figment.optim.OptimizerKind;
import dev.figment.optim.OptimizerNumbers;
import dev.figment.optim.Schedule;
import org.junit.jupiter.api.Test;

/**
 * What checkpoints hold of how they were trained: a run goes on only where it is the same, so that
 * another wording would end every run that there is.
 */
class TrainingTextTest {
  private static final OptimizerNumbers NUMBERS = new OptimizerNumbers(0.1, 0.2, 0.3, true, 0.4);

  @Test
  void ofGan() {
    assertThat(
            GanConfig.of(new GanArchitecture(28, 28, 1, 10, 8).conditionalOn(3))
                .loss(GanLoss.LEAST_SQUARES)
                .labelSmoothing(0.1)
                .weightClip(2)
                .criticSteps(3)
                .accumulate(4)
                .learningRates(0.005, 0.006)
                .betas(0.7, 0.8)
                .momentum(0.9, true)
                .weightDecay(0.11)
                .schedule(new Schedule(Schedule.Kind.LINEAR, 100, 12))
                .gradientClip(13)
                .penalty(GradientPenalty.ONE_CENTRED, 14, 15)
                .ema(0.16)
                .build()
                .training())
        .isEqualTo(
            "least-squares, smoothing 0.1, weights 2.0, n-critic 3, accumulate 4, lr 0.005 0.006,"
                + " betas 0.7 0.8, momentum 0.9 nesterov, decay 0.11, schedule linear 100, warm-up"
                + " 12, gradients 13.0, gp 14.0 every 15, ema 0.16, conditional on 3");
  }

  @Test
  void ofVae() {
    assertThat(
            VaeModels.config(VaeNet.DENSE, Likelihood.BERNOULLI, 2)
                .kl(new KlTerm(2, 3, 4, 0.5, 0, 0))
                .adversarial(6)
                .accumulate(7)
                .optimizer(OptimizerKind.ADAMW, NUMBERS)
                .learningRate(0.008)
                .schedule(new Schedule(Schedule.Kind.COSINE, 100, 9))
                .gradientClip(10)
                .build()
                .training())
        .isEqualTo(
            "beta 2.0 warm-up 3 cycle 4, free 0.5, capacity 0.0 in 0, samples 1, adversarial 6.0,"
                + " accumulate 7, lr 0.008, OptimizerNumbers[beta1=0.1, beta2=0.2, momentum=0.3,"
                + " nesterov=true, weightDecay=0.4], schedule cosine 100, warm-up 9, gradients"
                + " 10.0");
  }

  @Test
  void ofRecurrentVae() {
    assertThat(
            RvaeConfig.of(RvaeModels.ofNumbers(Cell.GRU, Likelihood.gaussian(0.5), 1, true))
                .inputDropout(0.25)
                .accumulate(2)
                .optimizer(OptimizerKind.SGD, NUMBERS)
                .schedule(new Schedule(Schedule.Kind.STEP, 30, 0))
                .build()
                .training())
        .isEqualTo(
            "beta 1.0 warm-up 0 cycle 0, free 0.0, capacity 0.0 in 0, dropout 0.25, freely false,"
                + " accumulate 2, lr 0.001, OptimizerNumbers[beta1=0.1, beta2=0.2, momentum=0.3,"
                + " nesterov=true, weightDecay=0.4], schedule step 30, gradients Infinity");
  }
}
