import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { ICON_SVG } from '../web/layout.ts';
import { letIn } from './guard.ts';
import { failureSchema, jsonSchema } from './schema.ts';

/**
 * OpenAPI from the schemas of the routes that are registered after it, at /api/docs/json; to read and try at /api/docs. What any
 * request may fail with is added to each.
 */
export async function describeRoutes(server: FastifyInstance): Promise<void> {
  server.addHook('onRoute', (route) => {
    if (route.schema === undefined || route.schema.hide === true) return;
    const failure = jsonSchema(failureSchema);
    const statuses = [400, 401, 403, 404, 414, 500, 503, ...(route.method === 'POST' ? [413, 415] : [])];
    const failures = Object.fromEntries(statuses.map((status) => [status, failure]));
    route.schema.response = { ...failures, ...(route.schema.response as object | undefined) };
  });
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: '三江数据汇聚与资源交换平台 Sanjiang resource directory',
        version: '1',
        description:
          '信息资源目录与基础信息库查询接口。Failures are JSON with `code`, `message`, `remedy` and `allowed`, ' +
          'in Chinese when the header Accept-Language prefers it. ' +
          'Identity numbers and personal values are masked.',
      },
    },
    hideUntagged: true,
  });
  await server.register(async (own) => {
    letIn(own, 'everybody');
    await own.register(swaggerUi, {
      routePrefix: '/api/docs',
      staticCSP: false,
      uiConfig: { docExpansion: 'list', deepLinking: false, validatorUrl: null },
      logo: { type: 'image/svg+xml', content: Buffer.from(ICON_SVG) },
      theme: { title: '接口文档 API' },
    });
  });
}
