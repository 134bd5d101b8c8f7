// What individual enrollments and enrollment groups have in common, so that each rule is tested on both.
import { symmetricKeyEnrollment, symmetricKeyGroup, x509Enrollment, x509Group } from './service.mjs';

export const individual = {
  name: 'individual enrollment',
  path: '/enrollments',
  idMember: 'registrationId',
  itemType: 'Enrollment',
  collection: 'enrollments',
  withKeys: symmetricKeyEnrollment,
  withCertificates: x509Enrollment,
  certificatesMember: 'clientCertificates',
  put: async (client, enrollment) => (await client.createOrUpdateIndividualEnrollment(enrollment)).responseBody,
  get: async (client, id) => (await client.getIndividualEnrollment(id)).responseBody,
  remove: (client, ...which) => client.deleteIndividualEnrollment(...which),
  mechanism: async (client, id) => (await client.getIndividualEnrollmentAttestationMechanism(id)).responseBody,
  query: (client, text, pageSize) => client.createIndividualEnrollmentQuery({ query: text }, pageSize),
};

export const group = {
  name: 'enrollment group',
  path: '/enrollmentGroups',
  idMember: 'enrollmentGroupId',
  itemType: 'EnrollmentGroup',
  collection: 'enrollmentGroups',
  withKeys: symmetricKeyGroup,
  withCertificates: x509Group,
  certificatesMember: 'signingCertificates',
  put: async (client, enrollment) => (await client.createOrUpdateEnrollmentGroup(enrollment)).responseBody,
  get: async (client, id) => (await client.getEnrollmentGroup(id)).responseBody,
  remove: (client, ...which) => client.deleteEnrollmentGroup(...which),
  mechanism: async (client, id) => (await client.getEnrollmentGroupAttestationMechanism(id)).responseBody,
  query: (client, text, pageSize) => client.createEnrollmentGroupQuery({ query: text }, pageSize),
};

export const kinds = [individual, group];
