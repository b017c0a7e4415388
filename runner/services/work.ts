import type { Hub } from '../compose.ts';
import { createPipelineService, type PipelineService, type PipelineServiceOptions } from '../normalise/pipelines.ts';
import { publishService } from '../normalise/publish.ts';
import type { PullProgress } from '../pull/pull.ts';
import { createRunHandler, runDeps } from '../pull/run.ts';
import { createRuleHandler } from '../quality/ask-rules.ts';
import { createScorecardHandler } from '../quality/scorecards.ts';
import { keepService } from './keep.ts';
import type { HubMetrics } from './metrics.ts';
import type { SupervisedService } from './supervise.ts';

export interface WorkHooks {
  readonly onPull?: ((progress: PullProgress) => void) | undefined;
  readonly onBatch?: PipelineServiceOptions['onBatch'];
}

export interface WorkServices {
  readonly services: readonly SupervisedService[];
  readonly pipelines: PipelineService;
}

/** What moves data: the workers of connectors and the pipelines. */
export function workServices(hub: Hub, metrics: HubMetrics, hooks: WorkHooks = {}): WorkServices {
  const handler = createRunHandler(
    runDeps(hub, (progress) => {
      metrics.pulled(progress);
      hooks.onPull?.(progress);
    }),
  );
  const pipelines = createPipelineService(hub, {
    onBatch(pipeline, result) {
      metrics.stored(pipeline, result);
      hooks.onBatch?.(pipeline, result);
    },
  });
  const connectors: SupervisedService = {
    name: 'connectors',
    order: 'connectors',
    async run(signal) {
      const queue = await hub.queue();
      const { concurrency, drainMs } = hub.config;
      await queue.work(
        { 'system.run': handler, 'rule.ask': createRuleHandler(hub), 'scorecard.count': createScorecardHandler(hub) },
        { concurrency, signal, drainMs },
      );
    },
  };
  return { services: [connectors, pipelines, publishService(hub), keepService(hub)], pipelines };
}
