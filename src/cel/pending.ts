/** Thrown when an evaluation needs an answer that is not there yet: once it is, the evaluation begins anew and finds it. */
export class Pending extends Error {
  readonly answer: Promise<unknown>;
  constructor(answer: Promise<unknown>) {
    super('an answer is pending: use evaluateAsync');
    this.answer = answer;
  }
}
