# Faults planted in copies of our own kernels, and in host programs that run them. Each copy differs
# from kernels/ by the edits below, which fail the configuration when the text they replace is gone.
set(kernels "${CMAKE_CURRENT_SOURCE_DIR}/../../../kernels")
file(GLOB kernel_headers CONFIGURE_DEPENDS "${kernels}/*.cuh" "${kernels}/*.h")
set(faults "${CMAKE_CURRENT_BINARY_DIR}/faults")
set(fault_ptx)
set(fault_compilers)
if(SIMGPU_CLANG)
  list(APPEND fault_compilers clang)
endif()
if(SIMGPU_NVCC)
  list(APPEND fault_compilers nvcc)
endif()

# kernel_copy(NAME SOURCE [FILE FROM TO]...): faults/COMPILER/NAME.ptx from kernels/SOURCE.cu with edits.
function(kernel_copy name source)
  set(inputs "${kernels}/${source}.cu" ${kernel_headers})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${inputs})
  set(copies)
  foreach(input IN LISTS inputs)
    get_filename_component(file "${input}" NAME)
    file(READ "${input}" text)
    set(i 2)
    while(i LESS ARGC)
      math(EXPR from "${i} + 1")
      math(EXPR to "${i} + 2")
      if("${ARGV${i}}" STREQUAL "${file}")
        string(FIND "${text}" "${ARGV${from}}" first)
        string(FIND "${text}" "${ARGV${from}}" last REVERSE)
        if(first EQUAL -1 OR NOT first EQUAL last)
          message(FATAL_ERROR "the planted fault ${name} wants one place in kernels/${file} that reads:\n${ARGV${from}}")
        endif()
        string(REPLACE "${ARGV${from}}" "${ARGV${to}}" text "${text}")
      endif()
      math(EXPR i "${i} + 3")
    endwhile()
    file(GENERATE OUTPUT "${faults}/${name}/${file}" CONTENT "${text}")
    list(APPEND copies "${faults}/${name}/${file}")
  endforeach()
  foreach(compiler IN LISTS fault_compilers)
    set(ptx "${faults}/${compiler}/${name}.ptx")
    set(command "${SIMGPU_CLANG}" ${clang_flags} -O3 -std=c++17 -gline-directives-only)
    set(lower)
    if(compiler STREQUAL nvcc)
      # The toolkit's newest .version is lowered: ordinary PTX is the same in both.
      set(command "${SIMGPU_NVCC}" -ptx -arch=compute_80 -std=c++17 -lineinfo)
      set(lower COMMAND sed -i "s/^\\.version .*/.version 8.0/" "${ptx}")
    endif()
    add_custom_command(OUTPUT "${ptx}" DEPENDS ${copies}
      COMMAND ${CMAKE_COMMAND} -E make_directory "${faults}/${compiler}"
      COMMAND ${command} "${faults}/${name}/${source}.cu" -o "${ptx}" ${lower} VERBATIM)
    list(APPEND fault_ptx "${ptx}")
  endforeach()
  set(fault_ptx ${fault_ptx} PARENT_SCOPE)
endfunction()

add_executable(simgpu_faults faults.cpp)
target_compile_features(simgpu_faults PRIVATE cxx_std_17)
target_include_directories(simgpu_faults PRIVATE "${driver_sources}")
target_link_libraries(simgpu_faults PRIVATE simgpu ${CMAKE_DL_LIBS})

# fault_test(NAME SOUND FAULTY CHECKER): faults.cpp has the program NAME. CHECKER: SIMGPU_CHECK=0 switches
# off what finds it, and then the test must fail.
function(fault_test name sound faulty checker)
  foreach(compiler IN LISTS fault_compilers)
    set(test simgpu_fault_${name}_${compiler})
    set(command simgpu_faults ${name} "${faults}/${compiler}/${sound}.ptx" "${faults}/${compiler}/${faulty}.ptx")
    add_test(NAME ${test} COMMAND ${command})
    # The sound kernels, in several orders: they must leave the same bits.
    set_tests_properties(${test} PROPERTIES TIMEOUT 120 ENVIRONMENT "SIMGPU_CHECK=1;SIMGPU_ORDERS=3")
    if(checker STREQUAL CHECKER)
      add_test(NAME ${test}_matters COMMAND ${command})
      set_tests_properties(${test}_matters PROPERTIES TIMEOUT 120 ENVIRONMENT SIMGPU_CHECK=0
        PASS_REGULAR_EXPRESSION "the fault was not named" FAIL_REGULAR_EXPRESSION " gave [0-9]+, not ")
    endif()
  endforeach()
endfunction()

kernel_copy(reduction reduction)
kernel_copy(layout layout)
kernel_copy(elementwise elementwise)

kernel_copy(removed_syncthreads layout layout.cu "  sync_block();\n" "")
fault_test(removed_syncthreads layout removed_syncthreads CHECKER)

# The tree inside a warp with the warp's barrier in place of the block's; then without it.
set(tree "shared[threadIdx.x + width];\n    sync_block();")
set(warp_tree "shared[threadIdx.x + width];\n    if (width > 32 || width == 1) sync_block()")
set(sync_warp "else asm volatile(\"bar.warp.sync -1;\" ::: \"memory\");")
kernel_copy(warp_tree reduction block.cuh "${tree}" "${warp_tree};\n    ${sync_warp}")
kernel_copy(removed_syncwarp reduction block.cuh "${tree}" "${warp_tree};")
fault_test(removed_syncwarp warp_tree removed_syncwarp CHECKER)

kernel_copy(missing_fence reduction block.cuh "    fence_gpu();  // after the barrier" "    // after the barrier")
fault_test(missing_fence reduction missing_fence CHECKER)

kernel_copy(off_by_one elementwise elementwise.cu "if (i < n) store(y + i, figment::fma(scale" "if (i <= n) store(y + i, figment::fma(scale")
fault_test(off_by_one elementwise off_by_one ALWAYS)

kernel_copy(misaligned_float4 elementwise maps.cuh "const int64 start = head < n ? head : n;" "const int64 start = 0;")
fault_test(misaligned_float4 elementwise misaligned_float4 ALWAYS)

kernel_copy(uninitialised_shared layout layout.cu "if (row0 + k < rows && column0 + lane < columns) {"
  "if (row0 + k + 1 < rows && column0 + lane < columns) {")
fault_test(uninitialised_shared layout uninitialised_shared CHECKER)

kernel_copy(divergent_barrier reduction block.cuh "${tree}"
  "shared[threadIdx.x + width];\n    if (threadIdx.x < 100) sync_block();")
fault_test(divergent_barrier reduction divergent_barrier ALWAYS)

kernel_copy(block_race elementwise maps.cuh "map_block(blockIdx.x, " "map_block(0, ")
fault_test(block_race elementwise block_race CHECKER)

# In the host program, with a sound kernel.
foreach(name missing_synchronize result_not_awaited reused_pinned_buffer leak)
  fault_test(${name} elementwise elementwise CHECKER)
endforeach()
foreach(name host_pointer use_after_free double_free)
  fault_test(${name} elementwise elementwise ALWAYS)
endforeach()

add_custom_target(simgpu_faults_ptx ALL DEPENDS ${fault_ptx})
