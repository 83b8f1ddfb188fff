package dev.figment.optim;

/**
 * The numbers of an optimizer, its learning rate aside; each has those that it knows.
 *
 * @param beta1 of Adam and AdamW
 * @param beta2 of Adam and AdamW
 * @param momentum of gradient descent
 * @param nesterov whether that momentum is Nesterov's
 * @param weightDecay of gradient descent and AdamW
 */
public record OptimizerNumbers(
    double beta1, double beta2, double momentum, boolean nesterov, double weightDecay) {}
