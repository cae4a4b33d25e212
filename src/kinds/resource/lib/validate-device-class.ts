import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { fieldError } from '../../../api/status.ts';
import { isExtendedResource } from '../../core/lib/resource-names.ts';
import { sameOrEmpty } from '../../lib/fields.ts';
import type { Errors } from '../../lib/validate.ts';
import type { DeviceClassSpec } from '../shapes/device-class.ts';
import { mostConfigurations, validateConfiguration } from './validate-configuration.ts';
import { eachOf } from './validate-lists.ts';
import { mostSelectors, validateSelector } from './validate-selector.ts';

export interface DeviceClassLike extends ApiObject {
  readonly spec: DeviceClassSpec;
}
/** ValidateDeviceClass and -Update. */
export function* validateDeviceClass({ spec }: DeviceClassLike, { old }: ValidationContext<DeviceClassLike>): Errors {
  const storedSelectors = old !== undefined && sameOrEmpty(spec.selectors, old.spec.selectors);
  yield* eachOf(spec.selectors, mostSelectors, 'spec.selectors', (one, at) => validateSelector(one, at, storedSelectors));
  const stored = old !== undefined && sameOrEmpty(spec.config, old.spec.config);
  yield* eachOf(spec.config, mostConfigurations, 'spec.config', (one, at) => validateConfiguration(one, at, stored));
  const { extendedResourceName: name } = spec;
  if (name !== undefined && !isExtendedResource(name))
    yield fieldError.invalid('spec.extendedResourceName', name, 'must be a valid extended resource name');
}
