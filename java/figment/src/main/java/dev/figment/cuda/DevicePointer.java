package dev.figment.cuda;

import jcuda.driver.CUdeviceptr;

/** A device pointer whose address can be read: kernels take addresses as numbers. */
final class DevicePointer extends CUdeviceptr {
  long address() {
    return getNativePointer();
  }
}
