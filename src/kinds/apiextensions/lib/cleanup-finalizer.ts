/** On a definition that is being deleted: its objects go first. */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';
