// Integer instructions: values worked out from the PTX ISA's definitions.
#include "engine_check.h"

static void arithmetic() {
  R32("add.u32 %r0, 0xffffffff, 2;", 1);
  R32("mov.u32 %r1, 5; sub.s32 %r0, %r1, 7;", -2);
  R16("mov.u16 %h1, 65535; add.u16 %h0, %h1, 3;", 2);
  R64("mov.u64 %rd1, 0x123456789abcdef0; add.u64 %rd0, %rd1, 0x1111111111111111;",
      0x23456789abcdf001u);
  R32("add.sat.s32 %r0, 0x7fffffff, 1;", 0x7fffffff);
  R32("sub.sat.s32 %r0, 0x80000000, 1;", 0x80000000);
  R32("mul.lo.s32 %r0, -3, 7;", -21);
  R32("mul.hi.u32 %r0, 0xffffffff, 0xffffffff;", 0xfffffffe);
  R32("mul.hi.s32 %r0, -1, 2;", -1);
  R64("mul.hi.u64 %rd0, 0xffffffffffffffff, 0xffffffffffffffff;", 0xfffffffffffffffeu);
  R64("mul.hi.s64 %rd0, -1, 5;", -1);
  R64("mul.wide.s32 %rd0, -2, 0x40000000;", -0x80000000LL);
  R64("mul.wide.u32 %rd0, 0xffffffff, 2;", 0x1fffffffeu);
  R32("mov.u16 %h1, -2; mul.wide.s16 %r0, %h1, 3;", -6);
  R16("mov.u16 %h1, 300; mul.hi.u16 %h0, %h1, %h1;", 1);
  R32("mad.lo.s32 %r0, 3, 4, -20;", -8);
  R32("mad.hi.u32 %r0, 0x80000000, 4, 10;", 12);
  R64("mad.wide.u32 %rd0, 0x10000, 0x10000, 5;", 0x100000005u);
  R32("mul24.lo.u32 %r0, 0xff000003, 5;", 15);
  R32("sad.s32 %r0, -5, 3, 100;", 108);
  R32("div.s32 %r0, -7, 2;", -3);
  R32("rem.s32 %r0, -7, 2;", -1);
  R32("div.u32 %r0, 0xffffffff, 10;", 429496729);
  R32("div.s32 %r0, 0x80000000, -1;", 0x80000000);
  R64("div.s64 %rd0, 0x8000000000000000, -1;", 0x8000000000000000u);
  R64("rem.u64 %rd0, 0xffffffffffffffff, 1000;", 615);
  R16("mov.u16 %h1, 1000; mov.u16 %h2, 7; rem.u16 %h0, %h1, %h2;", 6);
  R32("abs.s32 %r0, -9;", 9);
  R32("neg.s32 %r0, 9;", -9);
  R32("min.s32 %r0, -1, 1;", -1);
  R32("min.u32 %r0, -1, 1;", 1);
  R64("max.s64 %rd0, -5, 3;", 3);
  R64("max.u64 %rd0, -5, 3;", -5);
  R32("dp4a.s32.s32 %r0, 0xff010203, 0x02020202, 10;", 20);
  R32("dp4a.u32.u32 %r0, 0xff010203, 0x01010101, 0;", 261);
  R32("dp2a.lo.u32.u32 %r0, 0x00020003, 0x00000504, 1;", 23);
}

static void bits() {
  R32("and.b32 %r0, 0xf0f0, 0xff00;", 0xf000);
  R32("or.b32 %r0, 0xf0, 0x0f;", 0xff);
  R64("xor.b64 %rd0, 0xff00ff00ff00ff00, -1;", 0x00ff00ff00ff00ffu);
  R32("not.b32 %r0, 0;", 0xffffffff);
  R32("cnot.b32 %r0, 0;", 1);
  R16("mov.b16 %h1, 0x00ff; not.b16 %h0, %h1;", 0xff00);
  R32("shl.b32 %r0, 1, 31;", 0x80000000);
  R32("shl.b32 %r0, 1, 32;", 0);
  R32("shr.u32 %r0, 0x80000000, 200;", 0);
  R32("shr.s32 %r0, 0x80000000, 200;", -1);
  R64("shr.s64 %rd0, 0x8000000000000000, 63;", -1);
  R16("mov.b16 %h1, 0x8000; shr.s16 %h0, %h1, 4;", 0xf800);
  R32("shf.l.wrap.b32 %r0, 0x80000000, 1, 33;", 3);
  R32("shf.l.clamp.b32 %r0, 0x12345678, 1, 40;", 0x12345678);
  R32("shf.r.wrap.b32 %r0, 0x12345678, 0xabcdef01, 8;", 0x01123456);
  R32("shf.r.clamp.b32 %r0, 1, 0xdeadbeef, 99;", 0xdeadbeef);
  R32("bfe.u32 %r0, 0xabcd1234, 8, 8;", 0x12);
  R32("bfe.s32 %r0, 0x0000f000, 12, 4;", -1);
  R32("bfe.s32 %r0, 0x80000000, 28, 8;", 0xfffffff8);  // past the top the sign fills
  R32("bfe.u32 %r0, 0xffffffff, 4, 0;", 0);
  R32("bfe.u32 %r0, 0xffffffff, 32, 4;", 0);
  R64("bfe.u64 %rd0, 0x0123456789abcdef, 32, 16;", 0x4567);
  R64("bfe.s64 %rd0, 0x8000000000000000, 60, 4;", -8);
  R32("bfi.b32 %r0, 0xff, 0x12345678, 8, 8;", 0x1234ff78);
  R32("bfi.b32 %r0, 0xff, 0x12345678, 8, 0;", 0x12345678);
  R64("bfi.b64 %rd0, 0xa, 0, 60, 8;", 0xa000000000000000u);
  R32("bfind.u32 %r0, 0x00010000;", 16);
  R32("bfind.u32 %r0, 0;", 0xffffffff);
  R32("bfind.s32 %r0, -1;", 0xffffffff);
  R32("bfind.s32 %r0, -256;", 7);
  R32("bfind.shiftamt.u32 %r0, 0x00010000;", 15);
  R32("bfind.shiftamt.s32 %r0, -1;", 0xffffffff);
  R32("bfind.u64 %r0, 0x100000000;", 32);
  R32("clz.b32 %r0, 0;", 32);
  R32("clz.b64 %r0, 1;", 63);
  R32("popc.b32 %r0, 0xf0f0f0f0;", 16);
  R32("popc.b64 %r0, -1;", 64);
  R32("brev.b32 %r0, 0x00000001;", 0x80000000);
  R64("brev.b64 %rd0, 0x2;", 0x4000000000000000u);
  R32("prmt.b32 %r0, 0x33221100, 0x77665544, 0x7531;", 0x77553311);
  R32("prmt.b32 %r0, 0x00008000, 0, 0x9999;", 0xffffffff);  // bit 3 of a nibble: the sign
  R32("prmt.b32.f4e %r0, 0x33221100, 0x77665544, 1;", 0x44332211);
  R32("prmt.b32.b4e %r0, 0x33221100, 0x77665544, 0;", 0x55667700);
  R32("prmt.b32.rc8 %r0, 0x33221100, 0, 2;", 0x22222222);
  R32("prmt.b32.rc16 %r0, 0x33221100, 0, 1;", 0x33223322);
  R32("prmt.b32.ecl %r0, 0x33221100, 0, 1;", 0x33221111);
  R32("prmt.b32.ecr %r0, 0x33221100, 0, 2;", 0x22221100);
  R32("lop3.b32 %r0, 0xf0, 0xcc, 0xaa, 0x96;", 0x96);  // the table itself
  R32("lop3.b32 %r0, 0xff00ff00, 0x0ff00ff0, 0x33333333, 0xca;",
      (0xff00ff00u & 0x0ff00ff0u) | (~0xff00ff00u & 0x33333333u));
  R32("selp.b32 %r0, 1, 2, %p0;", 2);
  R32("setp.eq.u32 %p1, 1, 1; selp.b32 %r0, 1, 2, %p1;", 1);
  R32("slct.b32.s32 %r0, 10, 20, -1;", 20);
  R32("mov.f32 %f1, 0f80000000; slct.b32.f32 %r0, 10, 20, %f1;", 10);  // -0 >= 0
}

static void carries() {
  R64("add.cc.u32 %r1, 0xffffffff, 1; addc.u32 %r2, 0, 0; mov.b64 %rd0, {%r1, %r2};", 0x100000000u);
  R64("sub.cc.u32 %r1, 0, 1; subc.u32 %r2, 5, 0; mov.b64 %rd0, {%r1, %r2};", 0x4ffffffffu);
  R32("mad.lo.cc.u32 %r1, 0xffffffff, 1, 1; madc.hi.u32 %r0, 0x10000, 0x10000, 7;", 9);
  R64("add.cc.u64 %rd1, -1, 1; addc.cc.u64 %rd2, -1, 0; addc.u64 %rd0, 0, 0;", 1);
}

static void compares_and_moves() {
  PRED("setp.lt.s32 %p0, -1, 1;", 1);
  PRED("setp.lt.u32 %p0, -1, 1;", 0);
  PRED("setp.lo.u32 %p0, 1, 2;", 1);
  PRED("setp.hs.u64 %p0, -1, 2;", 1);
  PRED("setp.ge.s64 %p0, -1, 2;", 0);
  PRED("mov.u16 %h1, -1; mov.u16 %h2, 1; setp.gt.s16 %p0, %h1, %h2;", 0);
  PRED("setp.eq.u32 %p1, 1, 1; setp.eq.and.u32 %p0, 1, 2, %p1;", 0);
  PRED("setp.eq.u32 %p1, 1, 1; setp.eq.or.u32 %p0, 1, 2, %p1;", 1);
  PRED("setp.eq.u32 %p1, 1, 1; setp.eq.xor.u32 %p0, 1, 1, !%p1;", 1);
  PRED("setp.lt.u32 %p1|%p0, 1, 2;", 0);
  PRED("setp.eq.u32 %p1, 1, 1; setp.lt.and.u32 %p2|%p0, 3, 2, %p1;", 1);
  PRED("setp.eq.u32 %p1, 1, 1; setp.eq.u32 %p2, 1, 0; xor.pred %p0, %p1, %p2;", 1);
  PRED("setp.eq.u32 %p1, 1, 0; not.pred %p0, %p1;", 1);
  R32("set.lt.u32.s32 %r0, -1, 1;", 0xffffffff);
  F32("set.gt.f32.u32 %f0, 2, 1;", 1.0f);
  R64("mov.u64 %rd0, 0xfedcba9876543210;", 0xfedcba9876543210u);
  R32("mov.b32 %r0, {%h1, %h2};", 0);
  R32("mov.u16 %h1, 0x1234; mov.u16 %h2, 0x5678; mov.b32 %r0, {%h1, %h2};", 0x56781234);
  R32("mov.b64 {%r1, %r0}, 0x1122334455667788;", 0x11223344);
  R16("mov.b64 {_, _, %h0, _}, 0x1122334455667788;", 0x3344);
  R32("mov.f32 %f1, 0f3f800000; mov.b32 %r0, %f1;", 0x3f800000);
  R32("mov.u32 %r0, (1 << 4) + 3 * 2 - WARP_SZ;", -10);
  R32("{ .reg .u32 %r1; mov.u32 %r1, 7; mov.u32 %r0, %r1; }", 7);
  R32("mov.u32 %r0, 3; setp.eq.u32 %p1, 1, 1; @%p1 add.u32 %r0, %r0, 1; @!%p1 add.u32 %r0, %r0, 9;",
      4);
}

int main() {
  arithmetic();
  bits();
  carries();
  compares_and_moves();
  return finish();
}
