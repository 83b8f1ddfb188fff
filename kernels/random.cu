// Uniform, normal and Bernoulli numbers from Philox4x32-10 (random_draws.cuh), and the counter they
// are drawn at. Bound by arithmetic: ten rounds for four numbers.
#include "random_draws.cuh"

using namespace figment;

// A graph that is replayed counts its own steps. One block of one thread.
FIGMENT_KERNEL increment(int* counter) { ++*counter; }

// y = low + (high - low) u, u in (0, 1].
FIGMENT_KERNEL uniform(Real* y, float low, float high, long long seed, const int* counter,
                       int stream, int64 n) {
  const float width = high - low;
  for_draws(n, seed, counter, stream, [=](int64 i, const PhiloxBlock& x) {
    Float4 u;
    u.x = figment::fma(width, uniform_of(x.word[0]), low);
    u.y = figment::fma(width, uniform_of(x.word[1]), low);
    u.z = figment::fma(width, uniform_of(x.word[2]), low);
    u.w = figment::fma(width, uniform_of(x.word[3]), low);
    store_up_to_4(y, i, n, u);
  });
}

// y = mean + deviation z; Box and Muller's two pairs fill the four elements of a block.
FIGMENT_KERNEL normal(Real* y, float mean, float deviation, long long seed, const int* counter,
                      int stream, int64 n) {
  for_draws(n, seed, counter, stream, [=](int64 i, const PhiloxBlock& x) {
    const NormalPair a = box_muller(uniform_of(x.word[0]), uniform_of(x.word[1]));
    const NormalPair b = box_muller(uniform_of(x.word[2]), uniform_of(x.word[3]));
    Float4 z;
    z.x = figment::fma(deviation, a.first, mean);
    z.y = figment::fma(deviation, a.second, mean);
    z.z = figment::fma(deviation, b.first, mean);
    z.w = figment::fma(deviation, b.second, mean);
    store_up_to_4(y, i, n, z);
  });
}

// y = 1 with probability p, else 0; y may be p.
FIGMENT_KERNEL bernoulli(Real* y, const Real* p, long long seed, const int* counter, int stream,
                         int64 n) {
  for_draws(n, seed, counter, stream, [=](int64 i, const PhiloxBlock& x) {
    const Float4 in = load_up_to_4(p, i, n);
    Float4 drawn;
    drawn.x = bernoulli_of(x.word[0], in.x);
    drawn.y = bernoulli_of(x.word[1], in.y);
    drawn.z = bernoulli_of(x.word[2], in.z);
    drawn.w = bernoulli_of(x.word[3], in.w);
    store_up_to_4(y, i, n, drawn);
  });
}
