# shellcheck shell=sh
# The launcher's `simgpu` sub-command, to be sourced: runs any CUDA driver-API program on the simulated GPU.

# figment_simgpu FOLDER PROGRAM [ARGUMENT...]
# FOLDER holds the built libcuda.so.1. The program takes the place of this shell.
figment_simgpu() {
  if [ $# -lt 2 ]; then
    echo "usage: figment simgpu PROGRAM [ARGUMENT...]: runs a CUDA driver-API program on the simulated GPU" >&2
    return 2
  fi
  figment_simgpu_folder=$1
  shift
  if [ ! -f "$figment_simgpu_folder/libcuda.so.1" ]; then
    echo "figment simgpu: $figment_simgpu_folder/libcuda.so.1 is not built: run ./figment build first" >&2
    return 2
  fi
  if ! command -v "$1" >/dev/null 2>&1; then
    echo "figment simgpu: $1 is not a program: give a path, or a name found on PATH" >&2
    return 2
  fi
  LD_LIBRARY_PATH=$figment_simgpu_folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  export LD_LIBRARY_PATH
  exec "$@"
}
