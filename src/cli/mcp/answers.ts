/* What a tool answers: JSON, as text and as structured content. An error of Silt is an answer too, with its sentence. */
import type { CallToolResult } from '@modelcontextprotocol/server';
import { SiltError } from '../../base/errors.js';
import { shown } from './values.js';

export async function answerOf(does: () => object | Promise<object>): Promise<CallToolResult> {
  try {
    const structuredContent = shown(await does()) as Record<string, unknown>;
    return { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent };
  } catch (error) {
    if (!(error instanceof SiltError)) throw error;
    return { isError: true, content: [{ type: 'text', text: `${error.message} (${error.code})` }] };
  }
}
