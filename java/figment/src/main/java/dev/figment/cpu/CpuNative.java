package dev.figment.cpu;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.Name;
import org.bytedeco.javacpp.annotation.NoException;
import org.bytedeco.javacpp.annotation.Platform;

/**
 * The functions of {@code native/include/figment.h}, declared by hand in its order; addresses are
 * longs. That page says what each does.
 */
@Platform(
    include = "figment.h",
    link = "figment_cpu",
    preload = {"gomp@.1", "dnnl@.3"},
    preloadresource = "/org/bytedeco/dnnl/")
@NoException
final class CpuNative {
  static {
    Loader.load();
  }

  private CpuNative() {}

  @Name("figment_create")
  @Cast("intptr_t")
  static native long create(int threads, String isa, int fastConvolutions, int bfloat16);

  @Name("figment_destroy")
  static native void destroy(@Cast("figment_context*") long ctx);

  @Name("figment_last_error")
  static native String lastError(@Cast("figment_context*") long ctx);

  @Name("figment_plan")
  static native String plan(@Cast("figment_context*") long ctx);

  @Name("figment_tune")
  static native void tune(@Cast("figment_context*") long ctx);

  @Name("figment_tuned")
  static native String tuned(@Cast("figment_context*") long ctx);

  @Name("figment_choose")
  static native int choose(@Cast("figment_context*") long ctx, String plan);

  @Name("figment_scratch_bytes")
  static native long scratchBytes(@Cast("figment_context*") long ctx);

  @Name("figment_allocate")
  @Cast("intptr_t")
  static native long allocate(long bytes);

  @Name("figment_free")
  static native void free(@Cast("void*") long memory);

  @Name("figment_fill")
  static native int fill(
      @Cast("figment_context*") long ctx, @Cast("float*") long y, float value, long n);

  @Name("figment_copy")
  static native int copy(
      @Cast("figment_context*") long ctx,
      @Cast("void*") long y,
      @Cast("const void*") long x,
      long bytes);

  @Name("figment_add")
  static native int add(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long y,
      @Cast("const float*") long a,
      @Cast("const float*") long b,
      long n);

  @Name("figment_scale")
  static native int scale(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long y,
      @Cast("const float*") long x,
      float factor,
      long n);

  @Name("figment_scale_by")
  static native int scaleBy(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long y,
      @Cast("const float*") long x,
      @Cast("const float*") long factor,
      long n);

  @Name("figment_clamp")
  static native int clamp(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long y,
      @Cast("const float*") long x,
      float low,
      float high,
      long n);

  @Name("figment_bytes_to_real")
  static native int bytesToReal(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long y,
      @Cast("const uint8_t*") long x,
      float scale,
      float shift,
      long n);

  @Name("figment_nchw_to_nhwc")
  static native int nchwToNhwc(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long y,
      @Cast("const float*") long x,
      int batch,
      int height,
      int width,
      int channels);

  @Name("figment_nhwc_to_nchw")
  static native int nhwcToNchw(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long y,
      @Cast("const float*") long x,
      int batch,
      int height,
      int width,
      int channels);

  @Name("figment_copy_columns")
  static native int copyColumns(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long y,
      int yFrom,
      @Cast("const float*") long x,
      int xFrom,
      int columns,
      int accumulate,
      long rows,
      int yColumns,
      int xColumns);

  @Name("figment_row_sum_of_squares")
  static native int rowSumOfSquares(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long result,
      @Cast("const float*") long x,
      int rows,
      long columns);

  @Name("figment_scale_rows")
  static native int scaleRows(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long y,
      @Cast("const float*") long x,
      @Cast("const float*") long factor,
      int rows,
      long columns);

  @Name("figment_lerp_rows")
  static native int lerpRows(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long y,
      @Cast("const float*") long a,
      @Cast("const float*") long b,
      @Cast("const float*") long weight,
      int rows,
      long columns);

  @Name("figment_increment")
  static native int increment(@Cast("figment_context*") long ctx, @Cast("int32_t*") long counter);

  @Name("figment_uniform")
  static native int uniform(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long y,
      float low,
      float high,
      long seed,
      @Cast("const int32_t*") long counter,
      int stream,
      long n);

  @Name("figment_normal")
  static native int normal(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long y,
      float mean,
      float deviation,
      long seed,
      @Cast("const int32_t*") long counter,
      int stream,
      long n);

  @Name("figment_bernoulli")
  static native int bernoulli(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long y,
      @Cast("const float*") long p,
      long seed,
      @Cast("const int32_t*") long counter,
      int stream,
      long n);

  @Name("figment_activation_forward")
  static native int activationForward(
      @Cast("figment_context*") long ctx,
      @Cast("void*") long y,
      @Cast("const void*") long x,
      int activation,
      float slope,
      int bfloat16,
      long n);

  @Name("figment_activation_backward")
  static native int activationBackward(
      @Cast("figment_context*") long ctx,
      @Cast("void*") long dx,
      @Cast("const void*") long dy,
      @Cast("const void*") long y,
      int activation,
      float slope,
      int bfloat16,
      long n);

  @Name("figment_dropout_forward")
  static native int dropoutForward(
      @Cast("figment_context*") long ctx,
      @Cast("void*") long y,
      @Cast("const void*") long x,
      int activation,
      float slope,
      double p,
      long seed,
      @Cast("const int32_t*") long counter,
      int stream,
      int bfloat16,
      long n);

  @Name("figment_dropout_backward")
  static native int dropoutBackward(
      @Cast("figment_context*") long ctx,
      @Cast("void*") long dx,
      @Cast("const void*") long dy,
      @Cast("const void*") long y,
      int activation,
      float slope,
      double p,
      long seed,
      @Cast("const int32_t*") long counter,
      int stream,
      int bfloat16,
      long n);

  @Name("figment_dense_forward")
  static native int denseForward(
      @Cast("figment_context*") long ctx,
      @Cast("void*") long y,
      @Cast("const void*") long x,
      @Cast("const float*") long w,
      @Cast("const float*") long bias,
      int activation,
      float slope,
      int bfloat16Y,
      int bfloat16X,
      int batch,
      int in,
      int out);

  @Name("figment_dense_backward_data")
  static native int denseBackwardData(
      @Cast("figment_context*") long ctx,
      @Cast("void*") long dx,
      @Cast("const void*") long dy,
      @Cast("const float*") long w,
      int bfloat16Y,
      int bfloat16X,
      int batch,
      int in,
      int out);

  @Name("figment_dense_backward_weights")
  static native int denseBackwardWeights(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long dw,
      @Cast("float*") long dbias,
      @Cast("const void*") long dy,
      @Cast("const void*") long x,
      int accumulate,
      int bfloat16Y,
      int bfloat16X,
      int batch,
      int in,
      int out);

  @Name("figment_conv_forward")
  static native int convForward(
      @Cast("figment_context*") long ctx,
      @Cast("void*") long y,
      @Cast("const void*") long x,
      @Cast("const float*") long w,
      @Cast("const float*") long bias,
      int activation,
      float slope,
      int bfloat16Y,
      int bfloat16X,
      int batch,
      @Cast("const figment_conv*") int[] geometry);

  @Name("figment_conv_backward_data")
  static native int convBackwardData(
      @Cast("figment_context*") long ctx,
      @Cast("void*") long dx,
      @Cast("const void*") long dy,
      @Cast("const float*") long w,
      int bfloat16Y,
      int bfloat16X,
      int batch,
      @Cast("const figment_conv*") int[] geometry);

  @Name("figment_conv_backward_weights")
  static native int convBackwardWeights(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long dw,
      @Cast("float*") long dbias,
      @Cast("const void*") long dy,
      @Cast("const void*") long x,
      int accumulate,
      int bfloat16Y,
      int bfloat16X,
      int batch,
      @Cast("const figment_conv*") int[] geometry);

  @Name("figment_conv_transpose_forward")
  static native int convTransposeForward(
      @Cast("figment_context*") long ctx,
      @Cast("void*") long y,
      @Cast("const void*") long x,
      @Cast("const float*") long w,
      @Cast("const float*") long bias,
      int activation,
      float slope,
      int bfloat16Y,
      int bfloat16X,
      int batch,
      @Cast("const figment_conv*") int[] geometry);

  @Name("figment_conv_transpose_backward_data")
  static native int convTransposeBackwardData(
      @Cast("figment_context*") long ctx,
      @Cast("void*") long dx,
      @Cast("const void*") long dy,
      @Cast("const float*") long w,
      int bfloat16Y,
      int bfloat16X,
      int batch,
      @Cast("const figment_conv*") int[] geometry);

  @Name("figment_conv_transpose_backward_weights")
  static native int convTransposeBackwardWeights(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long dw,
      @Cast("float*") long dbias,
      @Cast("const void*") long dy,
      @Cast("const void*") long x,
      int accumulate,
      int bfloat16Y,
      int bfloat16X,
      int batch,
      @Cast("const figment_conv*") int[] geometry);

  @Name("figment_batch_norm_forward")
  static native int batchNormForward(
      @Cast("figment_context*") long ctx,
      @Cast("void*") long y,
      @Cast("float*") long mean,
      @Cast("float*") long inverseDeviation,
      @Cast("float*") long runningMean,
      @Cast("float*") long runningVariance,
      @Cast("const void*") long x,
      @Cast("const float*") long statistics,
      @Cast("const float*") long gamma,
      @Cast("const float*") long beta,
      float momentum,
      float epsilon,
      int activation,
      float slope,
      int tiles,
      int bfloat16,
      long rows,
      int channels);

  @Name("figment_batch_norm_infer")
  static native int batchNormInfer(
      @Cast("figment_context*") long ctx,
      @Cast("void*") long y,
      @Cast("const void*") long x,
      @Cast("const float*") long gamma,
      @Cast("const float*") long beta,
      @Cast("const float*") long runningMean,
      @Cast("const float*") long runningVariance,
      float epsilon,
      int activation,
      float slope,
      int bfloat16,
      long rows,
      int channels);

  @Name("figment_batch_norm_backward")
  static native int batchNormBackward(
      @Cast("figment_context*") long ctx,
      @Cast("void*") long dx,
      @Cast("float*") long dgamma,
      @Cast("float*") long dbeta,
      @Cast("const void*") long dy,
      @Cast("const void*") long x,
      @Cast("const float*") long gamma,
      @Cast("const float*") long beta,
      @Cast("const float*") long mean,
      @Cast("const float*") long inverseDeviation,
      int activation,
      float slope,
      int accumulate,
      int bfloat16,
      long rows,
      int channels);

  @Name("figment_spectral_norm")
  static native int spectralNorm(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long inverse,
      @Cast("float*") long u,
      @Cast("float*") long v,
      @Cast("const float*") long w,
      int rows,
      int columns);

  @Name("figment_spectral_norm_backward")
  static native int spectralNormBackward(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long dw,
      @Cast("const float*") long w,
      @Cast("const float*") long u,
      @Cast("const float*") long v,
      @Cast("const float*") long inverse,
      int rows,
      int columns);

  @Name("figment_sum")
  static native int sum(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long result,
      @Cast("const float*") long x,
      long n);

  @Name("figment_sum_of_squares")
  static native int sumOfSquares(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long result,
      @Cast("const float*") long x,
      long n);

  @Name("figment_column_sum")
  static native int columnSum(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long result,
      @Cast("const void*") long x,
      int accumulate,
      int bfloat16,
      long rows,
      int channels);

  @Name("figment_gan_discriminator_loss")
  static native int ganDiscriminatorLoss(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long result,
      @Cast("float*") long dlogits,
      @Cast("const float*") long logits,
      int loss,
      float labelSmoothing,
      int batch);

  @Name("figment_gan_generator_loss")
  static native int ganGeneratorLoss(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long result,
      @Cast("float*") long dlogits,
      @Cast("const float*") long logits,
      int loss,
      int batch);

  @Name("figment_gradient_penalty")
  static native int gradientPenalty(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long result,
      @Cast("float*") long factors,
      @Cast("const float*") long squares,
      int penalty,
      float weight,
      int rows);

  @Name("figment_reconstruction_loss")
  static native int reconstructionLoss(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long result,
      @Cast("float*") long rowLosses,
      @Cast("float*") long dprediction,
      @Cast("const float*") long prediction,
      @Cast("const float*") long target,
      @Cast("const float*") long weights,
      int likelihood,
      float precision,
      float constant,
      int rowWeights,
      int batch,
      int rows,
      int columns);

  @Name("figment_gaussian_kl")
  static native int gaussianKl(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long result,
      @Cast("float*") long rowLosses,
      @Cast("float*") long dq,
      @Cast("float*") long dp,
      @Cast("const float*") long q,
      @Cast("const float*") long p,
      @Cast("const float*") long weights,
      @Cast("const float*") long scale,
      int batch,
      int rows,
      int latent);

  @Name("figment_cross_entropy")
  static native int crossEntropy(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long result,
      @Cast("float*") long rowLosses,
      @Cast("float*") long dlogits,
      @Cast("const float*") long logits,
      @Cast("const int32_t*") long labels,
      @Cast("const float*") long weights,
      int batch,
      int rows,
      int classes);

  @Name("figment_log_mean_exp")
  static native int logMeanExp(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long value,
      @Cast("float*") long weights,
      @Cast("const float*") long x,
      int count,
      int columns);

  @Name("figment_reparameterize_forward")
  static native int reparameterizeForward(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long z,
      @Cast("float*") long kl,
      @Cast("const float*") long moments,
      long seed,
      @Cast("const int32_t*") long counter,
      int stream,
      int batch,
      int latent);

  @Name("figment_reparameterize_backward")
  static native int reparameterizeBackward(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long dmoments,
      @Cast("const float*") long dz,
      @Cast("const float*") long moments,
      @Cast("const float*") long kl,
      @Cast("const float*") long beta,
      float freeBits,
      long seed,
      @Cast("const int32_t*") long counter,
      int stream,
      int batch,
      int latent);

  @Name("figment_embedding_forward")
  static native int embeddingForward(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long y,
      @Cast("const float*") long table,
      @Cast("const int32_t*") long indices,
      int rows,
      int vocabulary,
      int columns);

  @Name("figment_embedding_backward")
  static native int embeddingBackward(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long dtable,
      @Cast("const float*") long dy,
      @Cast("const int32_t*") long indices,
      int accumulate,
      int rows,
      int vocabulary,
      int columns);

  @Name("figment_gru_forward")
  static native int gruForward(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long states,
      @Cast("float*") long gates,
      @Cast("const float*") long inputGates,
      @Cast("const float*") long constantGates,
      @Cast("const float*") long w,
      @Cast("const float*") long bias,
      @Cast("const int32_t*") long lengths,
      int reverse,
      int steps,
      int batch,
      int units);

  @Name("figment_gru_backward")
  static native int gruBackward(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long dinputGates,
      @Cast("float*") long dhiddenGates,
      @Cast("float*") long dstate,
      @Cast("const float*") long dy,
      @Cast("const float*") long states,
      @Cast("const float*") long gates,
      @Cast("const float*") long w,
      @Cast("const int32_t*") long lengths,
      int reverse,
      int steps,
      int batch,
      int units);

  @Name("figment_lstm_forward")
  static native int lstmForward(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long states,
      @Cast("float*") long cells,
      @Cast("float*") long gates,
      @Cast("const float*") long inputGates,
      @Cast("const float*") long constantGates,
      @Cast("const float*") long w,
      @Cast("const int32_t*") long lengths,
      int reverse,
      int steps,
      int batch,
      int units);

  @Name("figment_lstm_backward")
  static native int lstmBackward(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long dgates,
      @Cast("float*") long dstate,
      @Cast("float*") long dcell,
      @Cast("const float*") long dy,
      @Cast("const float*") long cells,
      @Cast("const float*") long gates,
      @Cast("const float*") long w,
      @Cast("const int32_t*") long lengths,
      int reverse,
      int steps,
      int batch,
      int units);

  @Name("figment_adam")
  static native int adam(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long values,
      @Cast("float*") long m,
      @Cast("float*") long v,
      @Cast("const float*") long gradients,
      @Cast("const int32_t*") long step,
      @Cast("const float*") long learningRate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      long n);

  @Name("figment_sgd")
  static native int sgd(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long values,
      @Cast("float*") long velocity,
      @Cast("const float*") long gradients,
      @Cast("const float*") long learningRate,
      float momentum,
      int nesterov,
      float weightDecay,
      long n);

  @Name("figment_rms_prop")
  static native int rmsProp(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long values,
      @Cast("float*") long meanSquare,
      @Cast("const float*") long gradients,
      @Cast("const float*") long learningRate,
      double decay,
      double epsilon,
      long n);

  @Name("figment_ema")
  static native int ema(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long average,
      @Cast("const float*") long values,
      @Cast("const int32_t*") long step,
      double decay,
      long n);

  @Name("figment_clip_by_norm")
  static native int clipByNorm(
      @Cast("figment_context*") long ctx,
      @Cast("float*") long gradients,
      @Cast("float*") long norm,
      double maxNorm,
      long n);
}
