# Tests of the driver API (half of tests/native/simgpu). They load the built libcuda.so.1, never the
# machine's: the build gives it to them by path.
set(driver_sources "${CMAKE_CURRENT_SOURCE_DIR}/../../../native/simgpu/driver")

function(driver_test name)
  add_executable(simgpu_${name} ${name}.cpp)
  target_compile_features(simgpu_${name} PRIVATE cxx_std_17)
  target_include_directories(simgpu_${name} PRIVATE "${driver_sources}")
  target_link_libraries(simgpu_${name} PRIVATE simgpu Threads::Threads ${CMAKE_DL_LIBS})
endfunction()

foreach(name driver_basics driver_memory driver_streams driver_graphs driver_kernels driver_checks)
  driver_test(${name})
  add_test(NAME simgpu_${name} COMMAND simgpu_${name})
  set_tests_properties(simgpu_${name} PROPERTIES TIMEOUT 120 ENVIRONMENT SIMGPU_CHECK=1)
endforeach()
# Unchecked, what a planted fault does must show under some seed.
foreach(name driver_streams driver_graphs driver_kernels)
  add_test(NAME simgpu_${name}_unchecked COMMAND simgpu_${name})
  set_tests_properties(simgpu_${name}_unchecked PROPERTIES TIMEOUT 120 ENVIRONMENT SIMGPU_CHECK=0)
endforeach()

add_executable(simgpu_occupancy occupancy.cpp "${driver_sources}/occupancy.cpp")
target_compile_features(simgpu_occupancy PRIVATE cxx_std_17)
target_include_directories(simgpu_occupancy PRIVATE "${driver_sources}")
target_link_libraries(simgpu_occupancy PRIVATE simgpu)
add_test(NAME simgpu_occupancy COMMAND simgpu_occupancy)

add_test(NAME simgpu_exports COMMAND ${CMAKE_COMMAND} -DNM=${CMAKE_NM} -DREADELF=${CMAKE_READELF}
  -DLIBRARY=$<TARGET_FILE:simgpu> -DSYMBOLS=${driver_sources}/../jcuda_symbols.txt
  -P "${CMAKE_CURRENT_SOURCE_DIR}/check_exports.cmake")

driver_test(driver_settings)
function(settings_test name environment)
  add_test(NAME simgpu_settings_${name} COMMAND simgpu_driver_settings ${ARGN})
  set_tests_properties(simgpu_settings_${name} PROPERTIES ENVIRONMENT "${environment}")
endfunction()
settings_test(turing "SIMGPU_CC=7.5;SIMGPU_SMS=6;SIMGPU_MEMORY=64M" version=12060 init=0 75=7 76=5 16=6
  39=1024 97=65536 memory=67108864 "name=Simulated GPU (sm_75)")
settings_test(hopper "SIMGPU_CC=9.0;SIMGPU_NAME=My GPU" init=0 75=9 16=132 97=232448 "name=My GPU")
settings_test(old_driver "SIMGPU_DRIVER_VERSION=11040" version=11040 init=0)
settings_test(unknown_capability "SIMGPU_CC=6.1" init=1 "reports=that the simulation knows: 7.5, 8.0 or 9.0")
settings_test(bad_number "SIMGPU_SMS=many" init=1 "reports=SIMGPU_SMS=many is not a number from 1 to 1024")
settings_test(cache "SIMGPU_L2=3M" init=0 38=3145728)
settings_test(default_cache "SIMGPU_CC=9.0" init=0 38=52428800)
settings_test(bad_cache "SIMGPU_L2=1K" init=1 "reports=SIMGPU_L2=1K is not a number from 2048 to 1073741824")
settings_test(no_device "SIMGPU_DEVICES=0" init=100 "reports=SIMGPU_DEVICES=0 asks for no device")
settings_test(bad_orders "SIMGPU_ORDERS=0" init=1 "reports=SIMGPU_ORDERS=0 is not a number from 1 to 1000")
settings_test(bad_check "SIMGPU_CHECK=yes" init=1 "reports=SIMGPU_CHECK=yes is not a number from 0 to 1")

# Without the checker its test must fail.
add_test(NAME simgpu_driver_checks_matter COMMAND simgpu_driver_checks)
set_tests_properties(simgpu_driver_checks_matter PROPERTIES ENVIRONMENT SIMGPU_CHECK=0 WILL_FAIL TRUE)

# Every launch in several orders; in one, nothing depends on it.
driver_test(driver_orders)
foreach(check 0 1)
  add_test(NAME simgpu_driver_orders_${check} COMMAND simgpu_driver_orders)
  set_tests_properties(simgpu_driver_orders_${check} PROPERTIES TIMEOUT 120
    ENVIRONMENT "SIMGPU_ORDERS=3;SIMGPU_CHECK=${check}")
endforeach()
add_test(NAME simgpu_driver_orders_matter COMMAND simgpu_driver_orders)
set_tests_properties(simgpu_driver_orders_matter PROPERTIES ENVIRONMENT SIMGPU_ORDERS=1 WILL_FAIL TRUE)

# Counters; the test reads the report when the driver has written it.
driver_test(driver_counts)
add_test(NAME simgpu_driver_counts COMMAND simgpu_driver_counts)
set_tests_properties(simgpu_driver_counts PROPERTIES TIMEOUT 120
  ENVIRONMENT "SIMGPU_REPORT=${CMAKE_CURRENT_BINARY_DIR}/driver_counts.json")
add_test(NAME simgpu_report_unwritable COMMAND simgpu_driver_settings init=0)
set_tests_properties(simgpu_report_unwritable PROPERTIES ENVIRONMENT "SIMGPU_REPORT=/no/such/folder/report"
  PASS_REGULAR_EXPRESSION "SIMGPU_REPORT=/no/such/folder/report cannot be written: No such file or directory")
