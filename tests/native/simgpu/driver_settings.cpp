// The environment's description of device and driver: run by CTest once for each description, with
// what to expect as arguments: attribute=value, version=value, name=text, or init=error code.
#include <cstdlib>

#include "check.h"

int main(int count, char** arguments) {
  for (int i = 1; i < count; ++i) {
    std::string argument = arguments[i];
    size_t equals = argument.find('=');
    std::string key = argument.substr(0, equals), wanted = argument.substr(equals + 1);
    if (key == "init") {
      EXPECT(static_cast<CUresult>(std::atoi(wanted.c_str())), cuInit(0));
    } else if (key == "reports") {
      REPORTS(wanted.c_str());
    } else if (key == "version") {
      int version = 0;
      OK(cuDriverGetVersion(&version));
      CHECK(std::to_string(version) == wanted);
    } else if (key == "name") {
      char name[100];
      OK(cuDeviceGetName(name, sizeof name, 0));
      CHECK(name == wanted);
    } else if (key == "memory") {
      size_t bytes = 0;
      OK(cuDeviceTotalMem_v2(&bytes, 0));
      CHECK(std::to_string(bytes) == wanted);
    } else {
      int value = 0;
      OK(cuDeviceGetAttribute(&value, std::atoi(key.c_str()), 0));
      CHECK(std::to_string(value) == wanted);
    }
  }
  return check::failures() == 0 && count > 1 ? 0 : 1;
}
