#ifndef FIGMENT_TESTS_SIMGPU_STDERR_OF_H_
#define FIGMENT_TESTS_SIMGPU_STDERR_OF_H_

#include <unistd.h>

#include <cstdio>
#include <string>

// What `body` writes to stderr.
template <class Body>
std::string stderr_of(Body body) {
  std::FILE* capture = std::tmpfile();
  std::fflush(stderr);
  int saved = dup(2);
  dup2(fileno(capture), 2);
  body();
  std::fflush(stderr);
  dup2(saved, 2);
  close(saved);
  std::rewind(capture);
  std::string text(4096, 0);
  text.resize(std::fread(&text[0], 1, text.size(), capture));
  std::fclose(capture);
  return text;
}

#endif  // FIGMENT_TESTS_SIMGPU_STDERR_OF_H_
