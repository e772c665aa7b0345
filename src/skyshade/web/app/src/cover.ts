// What is covered, on the graphics card: a byte for each cell of the lattice says which colour it
// has, so that a step of the slider moves a byte a cell and no picture is made anew.

import type { CustomLayerInterface, CustomRenderMethodInput, Map as GlMap } from "maplibre-gl";
import type { Lattice } from "./lattice";

export type Rgba = [number, number, number, number];

export const MOST_COLOURS = 16; // 0 is clear

const VERTEX = `#version 300 es
uniform mat4 u_matrix;
uniform vec4 u_box; // west, north, east, south on the Mercator map of side 1
out vec2 v_at;
void main() {
  v_at = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  gl_Position = u_matrix * vec4(mix(u_box.xy, u_box.zw, v_at), 0.0, 1.0);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
precision highp usampler2D;
uniform usampler2D u_cells;
uniform vec4 u_colours[${MOST_COLOURS}];
in vec2 v_at;
out vec4 colour;
void main() {
  ivec2 size = textureSize(u_cells, 0);
  ivec2 cell = min(ivec2(v_at * vec2(size)), size - 1);
  vec4 c = u_colours[texelFetch(u_cells, cell, 0).r];
  colour = vec4(c.rgb * c.a, c.a);
}`;

export class CoverLayer implements CustomLayerInterface {
  readonly id = "cover";
  readonly type = "custom";
  /** By cell: which of the colours. Call `update` after a change. */
  readonly cells: Uint8Array;
  private readonly colours = new Float32Array(4 * MOST_COLOURS);
  private readonly box: [number, number, number, number];
  private map: GlMap | null = null;
  private stale = true;
  private program!: WebGLProgram;
  private texture!: WebGLTexture;
  private at!: Record<"matrix" | "box" | "colours", WebGLUniformLocation | null>;

  constructor(private readonly lattice: Lattice) {
    this.cells = new Uint8Array(lattice.columns * lattice.rows);
    const x = (lon: number) => (lon + 180) / 360;
    const y = (y_deg: number) => (180 - y_deg) / 360;
    const { west, north, step, columns, rows } = lattice;
    this.box = [x(west), y(north), x(west + columns * step), y(north - rows * step)];
  }

  /** Draw the cells as they are now; colours with parts from 0 to 255, from number 1 on. */
  update(colours: Rgba[]) {
    this.colours.fill(0);
    for (const [i, c] of colours.entries()) {
      this.colours.set(
        c.map((part) => part / 255),
        4 * (i + 1),
      );
    }
    this.stale = true;
    this.map?.triggerRepaint();
  }

  onAdd(map: GlMap, context: WebGLRenderingContext | WebGL2RenderingContext) {
    const gl = context as WebGL2RenderingContext;
    this.map = map;
    this.program = linked(gl);
    const uniform = (name: string) => gl.getUniformLocation(this.program, name);
    this.at = {
      matrix: uniform("u_matrix"),
      box: uniform("u_box"),
      colours: uniform("u_colours"),
    };
    this.texture = gl.createTexture()!;
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    for (const side of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
      gl.texParameteri(gl.TEXTURE_2D, side, gl.NEAREST);
    }
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R8UI, this.lattice.columns, this.lattice.rows);
    this.stale = true;
  }

  render(
    context: WebGLRenderingContext | WebGL2RenderingContext,
    { defaultProjectionData }: CustomRenderMethodInput,
  ) {
    const gl = context as WebGL2RenderingContext;
    gl.useProgram(this.program);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    if (this.stale) {
      this.stale = false;
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
      gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
      gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
      const { columns, rows } = this.lattice;
      const [format, type] = [gl.RED_INTEGER, gl.UNSIGNED_BYTE];
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, columns, rows, format, type, this.cells);
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    }
    gl.uniformMatrix4fv(this.at.matrix, false, defaultProjectionData.mainMatrix as Float32Array);
    gl.uniform4fv(this.at.box, this.box);
    gl.uniform4fv(this.at.colours, this.colours);
    gl.bindVertexArray(null);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }
}

function linked(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram()!;
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(type)!;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
    throw new Error(`The map cannot be drawn here: ${gl.getProgramInfoLog(program)}`);
  }
  return program;
}
