// Six ordinary CUDA driver-API programs in one: programs NAME PTX_FILE runs one of them, checks its
// answer against the host's and ends with status 0 when it is right.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <random>

#include "driver.h"

namespace {

template <class T>
std::vector<T> random_values(size_t count, T low, T high) {
  std::mt19937 random(42);
  std::vector<T> values(count);
  for (T& value : values) {
    double unit = random() / 4294967296.0;
    value = static_cast<T>(low + unit * (static_cast<double>(high) - static_cast<double>(low)));
  }
  return values;
}

template <class T>
bool same(const std::vector<T>& got, const std::vector<T>& wanted) {
  if (std::memcmp(got.data(), wanted.data(), wanted.size() * sizeof(T)) == 0) return true;
  size_t at = 0;
  while (std::memcmp(&got[at], &wanted[at], sizeof(T)) == 0) ++at;
  std::printf("element %zu is %g, not %g\n", at, static_cast<double>(got[at]),
              static_cast<double>(wanted[at]));
  return false;
}

bool vector_add(Session& session) {
  const int n = 10'007;
  auto a = random_values<float>(n, -1, 1), b = random_values<float>(n, 0, 5);
  DevicePointer sum = session.allocate(n * sizeof(float));
  session.launch("vector_add", {(n + 255) / 256, 1, 256, 1, 0}, nullptr, sum, session.upload(a),
                 session.upload(b), n);
  std::vector<float> wanted(n);
  for (int i = 0; i < n; ++i) wanted[i] = a[i] + b[i];
  return same(session.download<float>(sum, n), wanted);
}

bool sgemm(Session& session) {
  const int m = 70, n = 45, k = 83;
  auto a = random_values<float>(m * k, -1, 1), b = random_values<float>(k * n, -1, 1);
  DevicePointer c = session.allocate(m * n * sizeof(float));
  session.launch("sgemm", {(n + 15) / 16, (m + 15) / 16, 16, 16, 0}, nullptr, c, session.upload(a),
                 session.upload(b), m, n, k);
  std::vector<float> wanted(m * n);
  for (int i = 0; i < m; ++i) {
    for (int j = 0; j < n; ++j) {
      float sum = 0;
      for (int l = 0; l < k; ++l) sum = std::fma(a[i * k + l], b[l * n + j], sum);
      wanted[i * n + j] = sum;
    }
  }
  return same(session.download<float>(c, m * n), wanted);
}

bool scan(Session& session) {
  const int n = 20'000;
  const unsigned blocks = (n + 255) / 256;
  auto in = random_values<int>(n, -50, 50);
  DevicePointer out = session.allocate(n * sizeof(int)), unused = session.allocate(sizeof(int));
  DevicePointer totals = session.allocate(blocks * sizeof(int));
  DevicePointer scanned = session.allocate(blocks * sizeof(int));
  Handle stream = nullptr;
  session.cuda.stream_create(&stream, 0);
  session.launch("scan_blocks", {blocks, 1, 256, 1, 0}, stream, out, totals, session.upload(in), n);
  session.launch("scan_blocks", {1, 1, 256, 1, 0}, stream, scanned, unused, totals,
                 static_cast<int>(blocks));
  session.launch("add_totals", {blocks, 1, 256, 1, 0}, stream, out, scanned, n);
  session.cuda.stream_synchronize(stream);
  std::vector<int> wanted(n);
  int sum = 0;
  for (int i = 0; i < n; ++i) wanted[i] = sum += in[i];
  return same(session.download<int>(out, n), wanted);
}

bool histogram(Session& session) {
  const int n = 100'003;
  auto values = random_values<int>(n, 0, 256);
  std::vector<uint8_t> data(n);
  std::vector<unsigned> wanted(256);
  for (int i = 0; i < n; ++i) ++wanted[data[i] = static_cast<uint8_t>(values[i] * values[i] / 256)];
  DevicePointer counts = session.allocate(256 * sizeof(unsigned));
  session.cuda.fill(counts, 0, 256);
  session.launch("histogram", {8, 1, 192, 1, 0}, nullptr, counts, session.upload(data), n);
  return same(session.download<unsigned>(counts, 256), wanted);
}

// The steps are captured once as a graph and run twice: on the keys, and on keys sorted already.
bool bitonic_sort(Session& session) {
  const unsigned n = 8192, block = 256, part = 2 * block;
  auto keys = random_values<unsigned>(n, 0, 4'000'000'000u);
  DevicePointer data = session.upload(keys);
  Handle stream = nullptr, graph = nullptr, executable = nullptr;
  session.cuda.stream_create(&stream, 1);
  session.cuda.begin_capture(stream, 0);
  const unsigned bytes = part * sizeof(unsigned);
  session.launch("bitonic_block", {n / part, 1, block, 1, bytes}, stream, data, 2u, part);
  for (unsigned width = 2 * part; width <= n; width *= 2) {
    for (unsigned distance = width / 2; distance > block; distance /= 2) {
      session.launch("bitonic_step", {n / part, 1, block, 1, 0}, stream, data, width, distance);
    }
    session.launch("bitonic_block", {n / part, 1, block, 1, bytes}, stream, data, width, width);
  }
  session.cuda.end_capture(stream, &graph);
  session.cuda.instantiate(&executable, graph, 0);
  session.cuda.launch_graph(executable, stream);
  session.cuda.launch_graph(executable, stream);
  session.cuda.stream_synchronize(stream);
  std::sort(keys.begin(), keys.end());
  return same(session.download<unsigned>(data, n), keys);
}

// The device adds in another order than the host, so the sum of small integers is what is compared:
// any order is exact.
bool shuffle_reduction(Session& session) {
  const int n = 50'021;
  auto values = random_values<int>(n, -8, 9);
  std::vector<float> in(values.begin(), values.end());
  const int blocks = 20;
  DevicePointer partial = session.allocate(blocks * sizeof(float)),
                sum = session.allocate(sizeof(float));
  session.launch("sum_blocks", {blocks, 1, 128, 1, 0}, nullptr, partial, session.upload(in), n);
  session.launch("sum_blocks", {1, 1, 32, 1, 0}, nullptr, sum, partial, blocks);
  int wanted = 0;
  for (int value : values) wanted += value;
  return same(session.download<float>(sum, 1), {static_cast<float>(wanted)});
}

const std::map<std::string, bool (*)(Session&)> kPrograms = {
    {"vector_add", vector_add},
    {"sgemm", sgemm},
    {"scan", scan},
    {"histogram", histogram},
    {"bitonic_sort", bitonic_sort},
    {"shuffle_reduction", shuffle_reduction},
};

}  // namespace

int main(int count, char** arguments) {
  auto program = count == 3 ? kPrograms.find(arguments[1]) : kPrograms.end();
  if (program == kPrograms.end()) {
    std::fprintf(stderr, "usage: %s NAME PTX_FILE, with NAME one of:", arguments[0]);
    for (const auto& each : kPrograms) std::fprintf(stderr, " %s", each.first.c_str());
    std::fprintf(stderr, "\n");
    return 2;
  }
  Session session(arguments[2]);
  bool right = program->second(session);
  std::printf("%s: %s\n", arguments[1], right ? "right" : "WRONG");
  return right ? 0 : 1;
}
