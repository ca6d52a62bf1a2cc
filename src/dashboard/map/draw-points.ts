/* Points by WebGL: one call draws all of them. Their places and colours stay in the memory of the graphics card. */
import type { Size, View } from './view.ts';

/** Entries of a palette; the first is that of points without a value. */
export const PALETTE = 12;
/** Of a point that has gone. */
export const HIDDEN = 255;

export interface Look {
  readonly view: View;
  readonly size: Size;
  /** PALETTE times red, green, blue and how opaque it is, from 0 to 1. */
  readonly palette: Float32Array;
  /** Pixels across. */
  readonly dot: number;
}

export interface PointDrawer {
  places(xy: Float32Array): void;
  /** A byte for each point: its entry of the palette, or HIDDEN. */
  colours(codes: Uint8Array): void;
  draw(look: Look): void;
  dispose(): void;
}

const ENTRY = 'void main';

const VERTEX = `
attribute vec2 place;
attribute float code;
uniform vec2 scale;
uniform vec2 shift;
uniform float dot;
uniform vec4 palette[${PALETTE}];
varying vec4 colour;
${ENTRY}() {
  gl_Position = code > ${HIDDEN - 1}.0 ? vec4(2.0, 2.0, 2.0, 1.0) : vec4(place * scale + shift, 0.0, 1.0);
  gl_PointSize = dot;
  colour = palette[int(min(code, ${PALETTE - 1}.0) + 0.5)];
}`;

const FRAGMENT = `
precision mediump float;
varying vec4 colour;
${ENTRY}() {
  float far = length(gl_PointCoord - 0.5) * 2.0;
  float inside = 1.0 - smoothstep(0.75, 1.0, far);
  gl_FragColor = vec4(colour.rgb, 1.0) * colour.a * inside;
}`;

function shaderOf(gl: WebGLRenderingContext, type: number, source: string): WebGLShader {
  const shader = gl.createShader(type)!;
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  return shader;
}

function programOf(gl: WebGLRenderingContext): WebGLProgram {
  const program = gl.createProgram();
  gl.attachShader(program, shaderOf(gl, gl.VERTEX_SHADER, VERTEX));
  gl.attachShader(program, shaderOf(gl, gl.FRAGMENT_SHADER, FRAGMENT));
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost())
    throw new Error(gl.getProgramInfoLog(program) ?? 'the points cannot be drawn');
  return program;
}

/** Undefined where the browser has no WebGL. */
export function pointDrawer(canvas: HTMLCanvasElement): PointDrawer | undefined {
  const gl = canvas.getContext('webgl', { antialias: false, alpha: true, premultipliedAlpha: true });
  if (!gl) return undefined;
  const program = programOf(gl);
  const uniform = (name: string): WebGLUniformLocation | null => gl.getUniformLocation(program, name);
  const [scale, shift, dot, palette] = [
    uniform('scale'),
    uniform('shift'),
    uniform('dot'),
    uniform('palette'),
  ];
  const [place, code] = [gl.getAttribLocation(program, 'place'), gl.getAttribLocation(program, 'code')];
  const [places, codes] = [gl.createBuffer(), gl.createBuffer()];
  let [count, coloured] = [0, 0];
  const fill = (buffer: WebGLBuffer, data: ArrayBufferView<ArrayBuffer>): void => {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.DYNAMIC_DRAW);
  };
  const attribute = (buffer: WebGLBuffer, at: number, size: number, type: number): void => {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, size, type, false, 0, 0);
  };
  return {
    places(xy) {
      fill(places, xy as Float32Array<ArrayBuffer>);
      count = xy.length / 2;
    },
    colours(bytes) {
      fill(codes, bytes as Uint8Array<ArrayBuffer>);
      coloured = bytes.length;
    },
    draw(look) {
      const { view, size } = look;
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.useProgram(program);
      gl.enable(gl.BLEND);
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
      const across = (2 * view.scale) / size.width;
      const up = (2 * view.scale) / size.height;
      gl.uniform2f(scale, across, up);
      gl.uniform2f(shift, -view.x * across, -view.y * up);
      gl.uniform1f(dot, (look.dot * canvas.width) / size.width);
      gl.uniform4fv(palette, look.palette);
      attribute(places, place, 2, gl.FLOAT);
      attribute(codes, code, 1, gl.UNSIGNED_BYTE);
      gl.drawArrays(gl.POINTS, 0, Math.min(count, coloured));
    },
    dispose() {
      for (const buffer of [places, codes]) gl.deleteBuffer(buffer);
      gl.deleteProgram(program);
      gl.getExtension('WEBGL_lose_context')?.loseContext(); // browsers have few, and keep those of pages long
    },
  };
}
