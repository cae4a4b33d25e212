import type { Attributes, Authorizer, RuleResolver, Verdict } from '../types.ts';

/** One way of deciding, with what it can tell beforehand. */
export interface AuthorizerMode extends RuleResolver {
  readonly authorize: Authorizer;
}

/** Members may do everything; asked before anything else, so a broken policy can be repaired. */
const privileged = ({ identity }: Attributes): boolean => identity.groups.includes('system:masters');

/** Goes through the modes in order; the first that allows or denies decides. Answers at once when none of them has to wait. */
export function unionModes(modes: readonly AuthorizerMode[]): AuthorizerMode {
  const from = (first: number, request: Attributes, reasons: readonly string[], errors: readonly string[]): Promise<Verdict> | Verdict => {
    let [said, failed] = [reasons, errors];
    for (let at = first; at < modes.length; at++) {
      const answer = modes[at]!.authorize(request);
      if (answer instanceof Promise) {
        return answer.then((verdict) =>
          verdict.decision === 'noOpinion' ? from(at + 1, request, with_(said, verdict.reason), with_(failed, verdict.error)) : verdict,
        );
      }
      if (answer.decision !== 'noOpinion') return answer;
      said = with_(said, answer.reason);
      failed = with_(failed, answer.error);
    }
    return { decision: 'noOpinion', reason: said.join('\n'), ...(failed.length === 0 ? {} : { error: failed.join(', ') }) };
  };
  return {
    authorize: (request) => (privileged(request) ? { decision: 'allow', reason: '' } : from(0, request, none, none)),
    rulesFor(identity, namespace) {
      const found = modes.map((mode) => mode.rulesFor(identity, namespace));
      return {
        rules: found.flatMap(({ rules }) => rules),
        errors: found.flatMap(({ errors }) => errors),
        incomplete: found.some(({ incomplete }) => incomplete === true),
      };
    },
  };
}
const none: readonly string[] = [];
const with_ = (texts: readonly string[], text: string | undefined): readonly string[] =>
  text === undefined || text === '' ? texts : [...texts, text];
