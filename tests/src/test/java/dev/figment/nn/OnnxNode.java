package dev.figment.nn;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * An ONNX model of one node, in the bytes of its protocol buffers: onnx.proto3 of the ONNX standard
 * names the fields, the Protocol Buffers encoding guide the bytes. The graph's inputs and outputs
 * are the node's.
 */
final class OnnxNode {
  /** Element types of TensorProto.DataType. */
  static final int FLOAT = 1;

  static final int INT32 = 6;

  private static final int IR_VERSION = 8;
  private static final int OPERATORS = 14; // the operator set that all runtimes of today know

  private final String operator;
  private final List<Message> inputs = new ArrayList<>();
  private final List<Message> outputs = new ArrayList<>();
  private final Message node = new Message();

  OnnxNode(String operator) {
    this.operator = operator;
  }

  OnnxNode input(String name, int type, int... sizes) {
    node.text(1, name);
    inputs.add(value(name, type, sizes));
    return this;
  }

  OnnxNode output(String name, int... sizes) {
    node.text(2, name);
    outputs.add(value(name, FLOAT, sizes));
    return this;
  }

  OnnxNode attribute(String name, int value) {
    node.message(5, new Message().text(1, name).number(3, value).number(20, 2));
    return this;
  }

  OnnxNode attribute(String name, String value) {
    node.message(5, new Message().text(1, name).text(4, value).number(20, 3));
    return this;
  }

  byte[] model() {
    Message graph = new Message().message(1, node.text(4, operator)).text(2, operator);
    inputs.forEach(input -> graph.message(11, input));
    outputs.forEach(output -> graph.message(12, output));
    return new Message()
        .number(1, IR_VERSION)
        .message(7, graph)
        .message(8, new Message().text(1, "").number(2, OPERATORS))
        .bytes();
  }

  private static Message value(String name, int type, int... sizes) {
    Message shape = new Message();
    for (int size : sizes) {
      shape.message(1, new Message().number(1, size));
    }
    Message tensor = new Message().number(1, type).message(2, shape);
    return new Message().text(1, name).message(2, new Message().message(1, tensor));
  }

  /** A protocol buffer being written. */
  private static final class Message {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Message number(int field, long value) {
      varint((long) field << 3);
      varint(value);
      return this;
    }

    Message text(int field, String value) {
      return block(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message value) {
      return block(field, value.bytes());
    }

    private Message block(int field, byte[] bytes) {
      varint((long) field << 3 | 2);
      varint(bytes.length);
      out.writeBytes(bytes);
      return this;
    }

    private void varint(long value) {
      long rest = value;
      while (rest > 127) {
        out.write((int) (rest & 127 | 128));
        rest >>>= 7;
      }
      out.write((int) rest);
    }

    byte[] bytes() {
      return out.toByteArray();
    }
  }
}
