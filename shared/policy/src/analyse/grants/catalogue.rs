//! Known ways from some permissions to more: the actions each takes, and the services a passed role
//! may go to. Every list of this kind ages; each way names the catalogue it was taken from.

/// One way to more permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) kind: Kind,
    /// All are needed; `iam:PassRole` comes first.
    pub(super) actions: &'static [&'static str],
    /// The services the role is passed to, if one is passed.
    pub(super) services: &'static [&'static str],
    /// Where it is described.
    pub(super) source: &'static str,
}

/// When a way counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Always; an administrator has all of these.
    Core,
    /// Always.
    Further,
    /// Only for a holder who has a permissions boundary: else there is no cap to shed.
    Boundary,
}

const fn path(
    kind: Kind,
    actions: &'static [&'static str],
    services: &'static [&'static str],
    source: &'static str,
) -> Path {
    Path { kind, actions, services, source }
}

/// All known ways.
#[rustfmt::skip]
pub(super) const PATHS: &[Path] = &[
    path(Kind::Core, &["apprunner:UpdateService"], &[], "pathfinding/apprunner-002"),
    path(Kind::Core, &["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"], &[], "pathfinding/cloudformation-005"),
    path(Kind::Core, &["cloudformation:UpdateStack"], &[], "pathfinding/cloudformation-002"),
    path(Kind::Core, &["codebuild:StartBuild"], &[], "pathfinding/codebuild-002"),
    path(Kind::Core, &["codebuild:StartBuildBatch"], &[], "pathfinding/codebuild-003"),
    path(Kind::Core, &["ec2-instance-connect:SendSSHPublicKey"], &[], "pathfinding/ec2instanceconnect-003"),
    path(Kind::Core, &["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"], &[], "pathfinding/ec2-004"),
    path(Kind::Core, &["ec2:ModifyInstanceAttribute", "ec2:StartInstances", "ec2:StopInstances"], &[], "pathfinding/ec2-002"),
    path(Kind::Core, &["ecs:ExecuteCommand"], &[], "cloudsplaining/ECSExecuteCommandOnRunningTask"),
    path(Kind::Core, &["glue:UpdateDevEndpoint"], &[], "pathfinding/glue-002"),
    path(Kind::Core, &["iam:AddUserToGroup"], &[], "pathfinding/iam-013"),
    path(Kind::Core, &["iam:AttachGroupPolicy"], &[], "pathfinding/iam-010"),
    path(Kind::Core, &["iam:AttachRolePolicy"], &[], "pathfinding/iam-009"),
    path(Kind::Core, &["iam:AttachUserPolicy"], &[], "pathfinding/iam-008"),
    path(Kind::Core, &["iam:CreateAccessKey"], &[], "pathfinding/iam-002"),
    path(Kind::Core, &["iam:CreateLoginProfile"], &[], "pathfinding/iam-004"),
    path(Kind::Core, &["iam:CreatePolicyVersion"], &[], "pathfinding/iam-001"),
    path(Kind::Core, &["iam:PassRole", "apprunner:CreateService"], &["apprunner.amazonaws.com", "tasks.apprunner.amazonaws.com"], "pathfinding/apprunner-001"),
    path(Kind::Core, &["iam:PassRole", "batch:RegisterJobDefinition", "batch:SubmitJob"], &["batch.amazonaws.com", "ecs-tasks.amazonaws.com"], "prowler/PassRole+BatchRegisterJobDef+SubmitJob"),
    path(Kind::Core, &["iam:PassRole", "cloudformation:CreateStack"], &["cloudformation.amazonaws.com"], "pathfinding/cloudformation-001"),
    path(Kind::Core, &["iam:PassRole", "cloudformation:CreateStackInstances", "cloudformation:CreateStackSet"], &["cloudformation.amazonaws.com"], "pathfinding/cloudformation-003"),
    path(Kind::Core, &["iam:PassRole", "datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition"], &["datapipeline.amazonaws.com", "elasticmapreduce.amazonaws.com"], "pathfinding/datapipeline-001"),
    path(Kind::Core, &["iam:PassRole", "ec2:AssociateIamInstanceProfile"], &["ec2.amazonaws.com"], "AWS IAM User Guide, \"Granting a user permissions to pass a role to an AWS service\""),
    path(Kind::Core, &["iam:PassRole", "ec2:ReplaceIamInstanceProfileAssociation"], &["ec2.amazonaws.com"], "AWS IAM User Guide, \"Granting a user permissions to pass a role to an AWS service\""),
    path(Kind::Core, &["iam:PassRole", "ec2:RequestSpotInstances"], &["ec2.amazonaws.com"], "pathfinding/ec2-003"),
    path(Kind::Core, &["iam:PassRole", "ec2:RunInstances"], &["ec2.amazonaws.com"], "pathfinding/ec2-001"),
    path(Kind::Core, &["iam:PassRole", "ecs:CreateService", "ecs:RegisterTaskDefinition"], &["ecs-tasks.amazonaws.com"], "pathfinding/ecs-003"),
    path(Kind::Core, &["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:RunTask"], &["ecs-tasks.amazonaws.com"], "pathfinding/ecs-004"),
    path(Kind::Core, &["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:StartTask"], &["ecs-tasks.amazonaws.com"], "pathfinding/ecs-005"),
    path(Kind::Core, &["iam:PassRole", "glue:CreateDevEndpoint"], &["glue.amazonaws.com"], "pathfinding/glue-001"),
    path(Kind::Core, &["iam:PassRole", "glue:CreateJob", "glue:CreateTrigger"], &["glue.amazonaws.com"], "pathfinding/glue-004"),
    path(Kind::Core, &["iam:PassRole", "glue:CreateJob", "glue:StartJobRun"], &["glue.amazonaws.com"], "pathfinding/glue-003"),
    path(Kind::Core, &["iam:PassRole", "glue:StartJobRun", "glue:UpdateJob"], &["glue.amazonaws.com"], "pathfinding/glue-005"),
    path(Kind::Core, &["iam:PassRole", "lambda:AddPermission", "lambda:CreateFunction"], &["lambda.amazonaws.com"], "pathfinding/lambda-006"),
    path(Kind::Core, &["iam:PassRole", "lambda:CreateEventSourceMapping", "lambda:CreateFunction"], &["lambda.amazonaws.com"], "pathfinding/lambda-002"),
    path(Kind::Core, &["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], &["lambda.amazonaws.com"], "pathfinding/lambda-001"),
    path(Kind::Core, &["iam:PassRole", "sagemaker:CreateNotebookInstance"], &["sagemaker.amazonaws.com"], "pathfinding/sagemaker-001"),
    path(Kind::Core, &["iam:PassRole", "sagemaker:CreateProcessingJob"], &["sagemaker.amazonaws.com"], "pathfinding/sagemaker-003"),
    path(Kind::Core, &["iam:PassRole", "sagemaker:CreateTrainingJob"], &["sagemaker.amazonaws.com"], "pathfinding/sagemaker-002"),
    path(Kind::Core, &["iam:PassRole", "states:CreateStateMachine", "states:StartExecution"], &["states.amazonaws.com"], "prowler/PassRole+StepFunctionsCreateStateMachine+StartExecution"),
    path(Kind::Core, &["iam:PutGroupPolicy"], &[], "pathfinding/iam-011"),
    path(Kind::Core, &["iam:PutRolePolicy"], &[], "pathfinding/iam-005"),
    path(Kind::Core, &["iam:PutUserPolicy"], &[], "pathfinding/iam-007"),
    path(Kind::Core, &["iam:SetDefaultPolicyVersion"], &[], "cloudsplaining/SetExistingDefaultPolicyVersion"),
    path(Kind::Core, &["iam:UpdateAssumeRolePolicy"], &[], "pathfinding/iam-012"),
    path(Kind::Core, &["iam:UpdateLoginProfile"], &[], "pathfinding/iam-006"),
    path(Kind::Core, &["lambda:UpdateFunctionCode"], &[], "pathfinding/lambda-003"),
    path(Kind::Core, &["lambda:UpdateFunctionConfiguration"], &[], "prowler/lambda:UpdateFunctionConfiguration"),
    path(Kind::Core, &["sagemaker:CreatePresignedNotebookInstanceUrl"], &[], "pathfinding/sagemaker-004"),
    path(Kind::Core, &["ssm:SendCommand"], &[], "pathfinding/ssm-002"),
    path(Kind::Core, &["ssm:StartSession"], &[], "pathfinding/ssm-001"),
    path(Kind::Core, &["sts:AssumeRole"], &[], "pathfinding/sts-001"),
    path(Kind::Further, &["iam:PassRole", "autoscaling:CreateAutoScalingGroup", "autoscaling:CreateLaunchConfiguration"], &["autoscaling.amazonaws.com", "ec2.amazonaws.com"], "prowler/PassRole+CreateAutoScaling"),
    path(Kind::Further, &["iam:PassRole", "autoscaling:CreateLaunchConfiguration", "autoscaling:UpdateAutoScalingGroup"], &["autoscaling.amazonaws.com", "ec2.amazonaws.com"], "prowler/PassRole+UpdateAutoScaling"),
    path(Kind::Further, &["batch:SubmitJob"], &[], "prowler/BatchSubmitJob"),
    path(Kind::Further, &["iam:PassRole", "bedrock-agentcore:ConnectBrowserAutomationStream", "bedrock-agentcore:CreateBrowser", "bedrock-agentcore:StartBrowserSession"], &["bedrock-agentcore.amazonaws.com"], "prowler/PassRole+AgentCoreCreateBrowser+ConnectBrowser"),
    path(Kind::Further, &["bedrock-agentcore:ConnectBrowserAutomationStream", "bedrock-agentcore:StartBrowserSession"], &[], "prowler/AgentCoreBrowserSessionConnect"),
    path(Kind::Further, &["iam:PassRole", "bedrock-agentcore:CreateAgentRuntime", "bedrock-agentcore:CreateAgentRuntimeEndpoint", "bedrock-agentcore:CreateHarness", "bedrock-agentcore:CreateWorkloadIdentity", "bedrock-agentcore:GetAgentRuntime", "bedrock-agentcore:InvokeAgentRuntimeCommand"], &["bedrock-agentcore.amazonaws.com"], "prowler/PassRole+AgentCoreCreateHarness+InvokeRuntimeCommand"),
    path(Kind::Further, &["iam:PassRole", "bedrock-agentcore:CreateAgentRuntime", "bedrock-agentcore:CreateAgentRuntimeEndpoint", "bedrock-agentcore:CreateWorkloadIdentity", "bedrock-agentcore:InvokeAgentRuntimeCommand"], &["bedrock-agentcore.amazonaws.com"], "prowler/PassRole+AgentCoreCreateRuntime+InvokeRuntimeCommand"),
    path(Kind::Further, &["iam:PassRole", "bedrock-agentcore:CreateCodeInterpreter", "bedrock-agentcore:InvokeCodeInterpreter", "bedrock-agentcore:StartCodeInterpreterSession"], &["bedrock-agentcore.amazonaws.com"], "pathfinding/bedrock-001"),
    path(Kind::Further, &["bedrock-agentcore:InvokeAgentRuntimeCommand"], &[], "prowler/AgentCoreInvokeRuntimeCommand"),
    path(Kind::Further, &["bedrock-agentcore:InvokeCodeInterpreter", "bedrock-agentcore:StartCodeInterpreterSession"], &[], "pathfinding/bedrock-002"),
    path(Kind::Further, &["iam:PassRole", "braket:CreateJob"], &["braket.amazonaws.com"], "prowler/PassRole+BraketCreateJob"),
    path(Kind::Further, &["iam:PassRole", "cloudformation:UpdateStackSet"], &["cloudformation.amazonaws.com"], "pathfinding/cloudformation-004"),
    path(Kind::Further, &["codedeploy:CreateDeployment", "codedeploy:GetDeploymentConfig", "codedeploy:RegisterApplicationRevision"], &[], "prowler/CodeDeployCreateDeployment"),
    path(Kind::Further, &["iam:PassRole", "codestar:CreateProject"], &["codestar.amazonaws.com"], "prowler/PassRole+CodeStar"),
    path(Kind::Further, &["iam:PassRole", "cognito-identity:SetIdentityPoolRoles"], &["cognito-identity.amazonaws.com"], "prowler/PassRole+CognitoSetIdentityPoolRoles"),
    path(Kind::Further, &["iam:PassRole", "ecs:DeregisterContainerInstance", "ecs:RegisterContainerInstance", "ecs:StartTask"], &["ecs-tasks.amazonaws.com"], "prowler/PassRole+ECS+StartTask"),
    path(Kind::Further, &["iam:PassRole", "ecs:RunTask"], &["ecs-tasks.amazonaws.com"], "prowler/PassRole+ECS+RunTask"),
    path(Kind::Further, &["iam:PassRole", "ecs:StartTask"], &["ecs-tasks.amazonaws.com"], "prowler/PassRole+ECSStartTaskExistingCluster"),
    path(Kind::Further, &["iam:PassRole", "elasticmapreduce:RunJobFlow"], &["elasticmapreduce.amazonaws.com", "ec2.amazonaws.com"], "prowler/PassRole+EMRRunJobFlow"),
    path(Kind::Further, &["iam:PassRole", "emr-serverless:CreateApplication", "emr-serverless:StartJobRun"], &["emr-serverless.amazonaws.com"], "prowler/PassRole+EMRServerlessCreateApp+StartJobRun"),
    path(Kind::Further, &["iam:PassRole", "gamelift:CreateBuild", "gamelift:CreateFleet", "gamelift:RequestUploadCredentials"], &["gamelift.amazonaws.com"], "prowler/PassRole+GameLiftCreateBuild+CreateFleet"),
    path(Kind::Further, &["iam:PassRole", "glue:CreateSession", "glue:RunStatement"], &["glue.amazonaws.com"], "prowler/PassRole+GlueCreateSession+RunStatement"),
    path(Kind::Further, &["iam:PassRole", "glue:CreateTrigger", "glue:UpdateJob"], &["glue.amazonaws.com"], "pathfinding/glue-006"),
    path(Kind::Further, &["iam:PassRole", "imagebuilder:CreateComponent", "imagebuilder:CreateImage", "imagebuilder:CreateImageRecipe", "imagebuilder:CreateInfrastructureConfiguration"], &["imagebuilder.amazonaws.com", "ec2.amazonaws.com"], "prowler/PassRole+ImageBuilderCreateComponent+CreateImage"),
    path(Kind::Further, &["iam:PassRole", "kinesisanalytics:CreateApplication", "kinesisanalytics:StartApplication"], &["kinesisanalytics.amazonaws.com"], "prowler/PassRole+KinesisAnalyticsCreateApp+StartApp"),
    path(Kind::Further, &["iam:PassRole", "omics:CreateWorkflow", "omics:StartRun", "s3:GetObject"], &["omics.amazonaws.com"], "prowler/PassRole+OmicsCreateWorkflow+StartRun"),
    path(Kind::Further, &["iam:PassRole", "scheduler:CreateSchedule"], &["scheduler.amazonaws.com"], "prowler/PassRole+SchedulerCreateSchedule"),
    path(Kind::Further, &["iam:PassRole", "ssm:CreateDocument", "ssm:StartAutomationExecution"], &["ssm.amazonaws.com"], "prowler/PassRole+SSMCreateDocument+StartAutomation"),
    path(Kind::Further, &["sagemaker:CreateNotebookInstanceLifecycleConfig", "sagemaker:StartNotebookInstance", "sagemaker:StopNotebookInstance", "sagemaker:UpdateNotebookInstance"], &[], "pathfinding/sagemaker-005"),
    path(Kind::Further, &["sso:AttachManagedPolicyToPermissionSet"], &[], "prowler/sso:AttachManagedPolicyToPermissionSet"),
    path(Kind::Further, &["sso:AttachManagedPolicyToPermissionSet", "sso:CreateAccountAssignment", "sso:CreatePermissionSet"], &[], "prowler/SSOCreatePermissionSet+CreateAccountAssignment+AttachManagedPolicy"),
    path(Kind::Further, &["sso:PutInlinePolicyToPermissionSet"], &[], "prowler/sso:PutInlinePolicyToPermissionSet"),
    path(Kind::Further, &["states:StartExecution", "states:UpdateStateMachine"], &[], "prowler/StepFunctionsUpdateStateMachine+StartExecution"),
    path(Kind::Boundary, &["iam:DeleteRolePermissionsBoundary"], &[], "the holder or another role sheds its cap"),
    path(Kind::Boundary, &["iam:PutRolePermissionsBoundary"], &[], "a cap is replaced by a wider one"),
    path(Kind::Boundary, &["iam:DeleteUserPermissionsBoundary"], &[], "prowler/iam:DeleteUserPermissionsBoundary"),
];
