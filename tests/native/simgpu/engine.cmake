# Known-answer tests of the engine, on each instruction set that the machine has.
function(engine_test name)
  add_executable(simgpu_engine_${name} engine_${name}.cpp)
  target_link_libraries(simgpu_engine_${name} PRIVATE simgpu_engine)
  foreach(isa baseline avx2 avx512)
    add_test(NAME simgpu_engine_${name}_${isa} COMMAND simgpu_engine_${name})
    set_tests_properties(simgpu_engine_${name}_${isa} PROPERTIES TIMEOUT 300 ENVIRONMENT SIMGPU_EXECUTE=${isa})
  endforeach()
endfunction()

foreach(name integer float convert memory warp errors)
  engine_test(${name})
endforeach()

add_executable(simgpu_engine_fuzz engine_fuzz.cpp)
target_link_libraries(simgpu_engine_fuzz PRIVATE simgpu_engine)
add_test(NAME simgpu_engine_fuzz COMMAND simgpu_engine_fuzz)

# A tool: how many thread instructions a second.
add_executable(simgpu_engine_speed engine_speed.cpp)
target_link_libraries(simgpu_engine_speed PRIVATE simgpu_engine)

# The same kernels from both compilers, optimised, unoptimised and with debug information. Where a
# compiler is absent its tests are reported as skipped.
find_program(SIMGPU_CLANG NAMES clang++-19 clang++-20 clang++-18 clang++)
find_program(SIMGPU_NVCC NAMES nvcc PATHS /usr/local/cuda/bin)
add_executable(simgpu_engine_compiled engine_compiled.cpp)
target_link_libraries(simgpu_engine_compiled PRIVATE simgpu_engine)
function(compiled_test name compiler)
  set(ptx ${CMAKE_CURRENT_BINARY_DIR}/engine_kernels_${name}.ptx)
  if(compiler)
    add_custom_command(OUTPUT ${ptx} DEPENDS engine_kernels.cu
      COMMAND ${compiler} ${ARGN} ${CMAKE_CURRENT_SOURCE_DIR}/engine_kernels.cu -o ${ptx})
    add_custom_target(simgpu_engine_ptx_${name} ALL DEPENDS ${ptx})
    add_test(NAME simgpu_engine_compiled_${name} COMMAND simgpu_engine_compiled ${ptx})
  else()
    add_test(NAME simgpu_engine_compiled_${name} COMMAND ${CMAKE_COMMAND} -E echo "skipped: no compiler for ${name}")
    set_tests_properties(simgpu_engine_compiled_${name} PROPERTIES SKIP_REGULAR_EXPRESSION "skipped:")
  endif()
endfunction()
set(clang_flags -Wno-unknown-cuda-version -x cuda --cuda-device-only -S --cuda-gpu-arch=sm_80 -nocudainc -nocudalib
  --cuda-feature=+ptx80)
compiled_test(clang "${SIMGPU_CLANG}" ${clang_flags} -O3)
compiled_test(clang_debug "${SIMGPU_CLANG}" ${clang_flags} -O0 -g)
compiled_test(nvcc "${SIMGPU_NVCC}" -ptx -arch=sm_80)
compiled_test(nvcc_debug "${SIMGPU_NVCC}" -ptx -arch=sm_80 -G)
compiled_test(nvcc_turing "${SIMGPU_NVCC}" -ptx -arch=sm_75 -lineinfo --use_fast_math)
