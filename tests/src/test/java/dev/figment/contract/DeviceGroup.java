package dev.figment.contract;

import java.util.List;

/**
 * Devices that share the tests of a class: each test runs on one of them, the same one every time.
 *
 * @param name what reports call the group
 * @param devices closed with it
 */
record DeviceGroup(String name, List<DeviceUnderTest> devices) implements AutoCloseable {
  /** A device that runs every test. */
  static DeviceGroup of(DeviceUnderTest device) {
    return new DeviceGroup(device.name(), List.of(device));
  }

  /** The device of a test; the cases of a table go round. */
  DeviceUnderTest of(String test) {
    return devices.get(Math.floorMod(test.hashCode(), devices.size()));
  }

  @Override
  public void close() {
    devices.forEach(DeviceUnderTest::close);
  }

  @Override
  public String toString() {
    return name;
  }
}
