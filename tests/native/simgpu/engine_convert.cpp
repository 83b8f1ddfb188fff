// cvt between all kinds of numbers, and f16/bf16 arithmetic.
#include "engine_check.h"

static void integers() {
  R32("cvt.s32.s8 %r0, 0x80;", 0xffffff80);
  R32("mov.u32 %r1, 0x12380; cvt.u32.u8 %r0, %r1;", 0x80);
  R32("mov.u32 %r1, 0x12380; cvt.s32.s8 %r0, %r1;", 0xffffff80);
  R64("mov.u32 %r1, -5; cvt.s64.s32 %rd0, %r1;", -5);
  R64("mov.u32 %r1, -5; cvt.u64.u32 %rd0, %r1;", 0xfffffffbu);
  R32("mov.u64 %rd1, 0x123456789; cvt.u32.u64 %r0, %rd1;", 0x23456789);
  R16("mov.u32 %r1, 0x12345; cvt.u16.u32 %h0, %r1;", 0x2345);
  R32("mov.u32 %r1, 300; cvt.sat.u8.u32 %r0, %r1;", 255);
  R32("mov.u32 %r1, -300; cvt.sat.s8.s32 %r0, %r1;", -128);
  R32("mov.u32 %r1, -1; cvt.sat.u32.s32 %r0, %r1;", 0);
  R64("mov.u32 %r1, 0x80; cvt.s64.s8 %rd0, %r1;", -128);
}

static void between() {
  R32("cvt.rni.s32.f32 %r0, 0f40200000;", 2);   // 2.5 to even
  R32("cvt.rni.s32.f32 %r0, 0f40600000;", 4);   // 3.5 to even
  R32("cvt.rzi.s32.f32 %r0, 0fc0300000;", -2);  // -2.75
  R32("cvt.rmi.s32.f32 %r0, 0fc0300000;", -3);
  R32("cvt.rpi.s32.f32 %r0, 0fc0300000;", -2);
  R32("cvt.rzi.s32.f32 %r0, 0f4f800000;", 0x7fffffff);  // 2^32 clamps
  R32("cvt.rzi.u32.f32 %r0, 0fbf800000;", 0);
  R32("cvt.rzi.u32.f32 %r0, 0f4f800000;", 0xffffffff);
  R32("cvt.rzi.s32.f32 %r0, 0f7fc00000;", 0);  // NaN
  R32("cvt.rzi.s32.f64 %r0, 0d7ff8000000000000;", 0x80000000);
  R64("cvt.rzi.s64.f32 %rd0, 0f7fc00000;", 0x8000000000000000u);
  R64("cvt.rzi.u64.f64 %rd0, 0d43f0000000000000;", 0xffffffffffffffffu);  // 2^64
  R64("cvt.rzi.s64.f64 %rd0, 0dc008000000000000;", -3);
  R16("cvt.rzi.s16.f32 %h0, 0f47c35000;", 32767);  // 100000
  R32("cvt.rpi.s32.f32 %r0, 0f00000001;", 1);
  R32("cvt.rpi.ftz.s32.f32 %r0, 0f00000001;", 0);
  F32("mov.u32 %r1, 16777217; cvt.rn.f32.u32 %f0, %r1;", 16777216.0f);
  F32("mov.u32 %r1, 16777217; cvt.rp.f32.u32 %f0, %r1;", 16777218.0f);
  F32("mov.u32 %r1, -16777217; cvt.rz.f32.s32 %f0, %r1;", -16777216.0f);
  F32("mov.u64 %rd1, 0xffffffffffffffff; cvt.rn.f32.u64 %f0, %rd1;", 0x1p64f);
  F64("mov.u64 %rd1, 0x20000000000001; cvt.rn.f64.s64 %fd0, %rd1;", 0x1p53);
  F64("mov.u32 %r1, -7; cvt.rn.f64.s32 %fd0, %r1;", -7.0);
  F32("mov.u16 %h1, -3; cvt.rn.f32.s16 %f0, %h1;", -3.0f);
  F64("cvt.f64.f32 %fd0, 0f3dcccccd;", static_cast<double>(0.1f));
  F32("mov.f64 %fd1, 0d3fb999999999999a; cvt.rn.f32.f64 %f0, %fd1;", 0.1f);
  F32BITS("mov.f64 %fd1, 0d3fb999999999999a; cvt.rz.f32.f64 %f0, %fd1;", 0x3dcccccc);
  F32("cvt.rni.f32.f32 %f0, 0f40200000;", 2.0f);
  F32("cvt.rmi.f32.f32 %f0, 0fbfc00000;", -2.0f);
  F64("cvt.rpi.f64.f64 %fd0, 0d3ff8000000000000;", 2.0);
  F32("cvt.sat.f32.f32 %f0, 0f40200000;", 1.0f);
  F32BITS("cvt.sat.f32.f32 %f0, 0f7fc00000;", 0);
}

static void halves() {
  R16("cvt.rn.f16.f32 %h0, 0f3f800000;", 0x3c00);
  R16("cvt.rn.f16.f32 %h0, 0f477ff000;", 0x7c00);  // 65520 rounds to infinity
  R16("cvt.rz.f16.f32 %h0, 0f477ff000;", 0x7bff);
  R16("cvt.rn.f16.f32 %h0, 0f33800000;", 1);  // 2^-24
  R16("cvt.rn.f16.f32 %h0, 0f33000000;", 0);  // 2^-25: a tie, to even
  R16("cvt.rn.f16.f32 %h0, 0f33000001;", 1);
  R16("cvt.rn.f16.f32 %h0, 0f3f801000;", 0x3c00);  // 1 + 2^-11: a tie, to even
  R16("cvt.rn.f16.f32 %h0, 0f3f803000;", 0x3c02);
  R16("cvt.rn.f16.f32 %h0, 0f7fc00000;", 0x7fff);
  R16("cvt.rn.f16.f64 %h0, 0d3ff0020000000001;", 0x3c01);  // one rounding, not two
  R16("cvt.rn.bf16.f32 %h0, 0f3f808000;", 0x3f80);
  R16("cvt.rn.bf16.f32 %h0, 0f3f818000;", 0x3f82);
  R16("cvt.rz.bf16.f32 %h0, 0f3f81ffff;", 0x3f81);
  R16("cvt.rn.relu.bf16.f32 %h0, 0fbf800000;", 0);
  R32("cvt.rn.f16x2.f32 %r0, 0f3f800000, 0f40000000;", 0x3c004000);  // a to the upper half
  R32("cvt.rn.bf16x2.f32 %r0, 0f3f800000, 0f40000000;", 0x3f804000);
  F32("mov.b16 %h1, 0x3555; cvt.f32.f16 %f0, %h1;", 0x1.554p-2f);
  F32("mov.b16 %h1, 0x0001; cvt.f32.f16 %f0, %h1;", 0x1p-24f);
  F32("mov.b16 %h1, 0xc000; cvt.f32.bf16 %f0, %h1;", -2.0f);
  F64("mov.b16 %h1, 0x4200; cvt.f64.f16 %fd0, %h1;", 3.0);
  R32("mov.b16 %h1, 0xc100; cvt.rzi.s32.f16 %r0, %h1;", -2);
  R16("mov.u32 %r1, 2049; cvt.rn.f16.u32 %h0, %r1;", 0x6800);
  R16("mov.b16 %h1, 0x4100; cvt.rni.f16.f16 %h0, %h1;", 0x4000);  // 2.5
  R32("cvt.rna.tf32.f32 %r0, 0f3f801000;", 0x3f802000);
  R32("cvt.rna.tf32.f32 %r0, 0f3f800fff;", 0x3f800000);

  R16("mov.b16 %h1, 0x3c00; add.f16 %h0, %h1, %h1;", 0x4000);
  R16("mov.b16 %h1, 0x7bff; add.rn.f16 %h0, %h1, %h1;", 0x7c00);
  R16("mov.b16 %h1, 0x3c01; mul.f16 %h0, %h1, %h1;", 0x3c02);
  // (1+2^-10)^2 - 1 = 2^-9 + 2^-20, fused: 2^-9 (1 + 2^-11) is a tie, to even.
  R16("mov.b16 %h1, 0x3c01; mov.b16 %h2, 0xbc00; fma.rn.f16 %h0, %h1, %h1, %h2;", 0x1800);
  R16("mov.b16 %h1, 0xbc00; mov.b16 %h2, 0x3c00; fma.rn.relu.f16 %h0, %h1, %h2, %h1;", 0);
  R32("fma.rn.f16x2 %r0, 0x40003c00, 0x40003c00, 0x00003c00;", 0x44004000);
  R32("add.rn.f16x2 %r0, 0x3c004000, 0x3c003c00;", 0x40004200);
  R32("fma.rn.bf16x2 %r0, 0x40003f80, 0x40003f80, 0x00003f80;", 0x40804000);
  R32("max.f16x2 %r0, 0x7e00bc00, 0x3c003c00;", 0x3c003c00);
  R32("neg.f16x2 %r0, 0x3c00bc00;", 0xbc003c00);
  R16("mov.b16 %h1, 0x0001; add.ftz.f16 %h0, %h1, %h1;", 0);
  R16("mov.b16 %h1, 0x4000; add.sat.f16 %h0, %h1, %h1;", 0x3c00);
  R16("mov.b16 %h1, 0x4200; ex2.approx.f16 %h0, %h1;", 0x4800);
  PRED("mov.b16 %h1, 0x3c00; mov.b16 %h2, 0x4000; setp.lt.f16 %p0, %h1, %h2;", 1);
  PRED("setp.lt.f16x2 %p1|%p0, 0x3c004000, 0x40003c00;", 1);
}

int main() {
  integers();
  between();
  halves();
  return finish();
}
