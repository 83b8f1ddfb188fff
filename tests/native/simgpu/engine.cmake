# Known-answer tests of the engine, on each instruction set that the machine has.
function(engine_test name)
  add_executable(simgpu_engine_${name} engine_${name}.cpp)
  target_link_libraries(simgpu_engine_${name} PRIVATE simgpu_engine)
  foreach(isa baseline avx2 avx512)
    add_test(NAME simgpu_engine_${name}_${isa} COMMAND simgpu_engine_${name})
    set_tests_properties(simgpu_engine_${name}_${isa} PROPERTIES TIMEOUT 300 ENVIRONMENT SIMGPU_EXECUTE=${isa})
  endforeach()
endfunction()

foreach(name integer)
  engine_test(${name})
endforeach()
